// What a checkpoint calls the same machine: a convolution algorithm that the environment forces is
// part of it, as one that the options force.
#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace train_test;
using namespace hone::nn::train;

TEST_CASE("a training that goes on under another forced algorithm says that it is inexact") {
  const TempFolder here;
  const World world("cpu", 40);
  const auto fit = [&](int epochs, const BackendOptions& options) {
    nn::Model model(small_cnn(), world.train.shape(), world.device->new_backend(options), 7);
    Trainer trainer(model, {.optimizer = optim::SGD{.lr = 0.01f}, .epochs = epochs, .batch = 16});
    return trainer.fit(world.train, {.checkpoint = here / "c"}).messages;
  };
  CHECK(fit(1, {.threads = 1}).empty());
  ::setenv("HONE_CONV", "im2col", 1);
  const std::vector<std::string> messages = fit(2, {.threads = 1});
  ::unsetenv("HONE_CONV");
  REQUIRE(messages.size() == 1);
  CHECK(contains(messages[0], "resumed inexactly"));
  CHECK(contains(messages[0], "this is " + world.device->fingerprint() + ", conv2d im2col"));
  // The same algorithm by the option is the same machine.
  CHECK(fit(3, {.threads = 1, .conv2d = "im2col"}).empty());
}
