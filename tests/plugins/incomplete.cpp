// A backend that promises its verbs and writes none. It must not link: the test compiles it alone.
#include "kernels/backend.h"

namespace hone::test {

class Incomplete : public Implements<Incomplete> {
 public:
  using Implements::Implements;
  template <class V>
  void implement(const V& verb);
};

std::unique_ptr<Backend> make_incomplete(std::shared_ptr<Device> device) {
  return std::make_unique<Incomplete>(std::move(device), BackendOptions{});
}

}  // namespace hone::test
