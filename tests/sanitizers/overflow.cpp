// A read past the end on purpose: the address sanitizer must see it, or its silence elsewhere means
// nothing.
#include <cstdio>
#include <vector>

int main(int argc, char**) {
  const std::vector<int> values(8, argc);
  std::printf("%d\n", values.data()[7 + argc]);
}
