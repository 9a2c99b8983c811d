// AnyVerb: a verb of any kind, as recordings keep it; std::visit sees which it is.
//
// A header of its own, because a variant of all verbs costs whoever includes it time to compile.
#pragma once

#include <variant>

#include "kernels/verbs.h"

namespace hone {

namespace detail {
template <class... V>
std::variant<V...> variant_of(VerbList<V...>);
}  // namespace detail

class AnyVerb : public decltype(detail::variant_of(Verbs{})) {
 public:
  using variant::variant;
};

}  // namespace hone
