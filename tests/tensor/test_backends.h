// Backends for the tests of tensor/: a device, its backend and the scope, in one object.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "base/error.h"
#include "tensor/ops.h"
#include "tensor/tape.h"

namespace hone {

struct Bound {
  explicit Bound(const std::string& name, int threads = 1)
      : device(open_device(name)),
        backend(device->new_backend({.threads = threads})),
        scope(*backend) {}
  std::shared_ptr<Device> device;
  std::unique_ptr<Backend> backend;
  BackendScope scope;
};

// The message of the hone::Error that `call` throws; fails the test when it throws none.
template <class Call>
std::string message_of(Call call, ErrorKind kind = ErrorKind::usage) {
  try {
    call();
  } catch (const Error& error) {
    CHECK(error.kind() == kind);
    return error.what();
  }
  FAIL_CHECK("no hone::Error was thrown");
  return "";
}

// Checks that `call` is refused with a message that contains every one of `parts`.
template <class Call>
void check_refused(Call call, std::initializer_list<std::string> parts) {
  const std::string message = message_of(call);
  for (const std::string& part : parts)
    CHECK_MESSAGE(message.find(part) != std::string::npos, "'" << part << "' in: " << message);
}

}  // namespace hone
