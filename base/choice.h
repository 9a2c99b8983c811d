// Choice: a member of an enumeration type, read and set by the names of its values.
#pragma once

#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

namespace hone {

struct Choice {
  std::vector<const char*> names;
  std::function<std::size_t()> index;       // of the value in `names`; their number if it has none
  std::function<void(std::size_t)> choose;  // sets the member to the value of that name
};

// The member must outlive the choice.
template <class E>
requires std::is_enum_v<E> Choice choice_of(E& value,
                                            const std::vector<std::pair<E, const char*>>& names) {
  Choice choice;
  std::vector<E> values;
  for (const auto& [one, name] : names) {
    values.push_back(one);
    choice.names.push_back(name);
  }
  choice.index = [&value, values] {
    std::size_t i = 0;
    while (i < values.size() && values[i] != value) ++i;
    return i;
  };
  choice.choose = [&value, values](std::size_t i) { value = values.at(i); };
  return choice;
}

}  // namespace hone
