// What follows from a list of verbs: the interface that a backend fills, and how a verb is seen
// without knowing which it is.
#pragma once

#include <cstddef>
#include <type_traits>

#include "kernels/view.h"

namespace hone {

template <class... V>
struct VerbList {};

// Says in `views()` that a view may be left out.
enum class Given { always, maybe };
inline constexpr Given kMayBeEmpty = Given::maybe;

// One pure virtual execute() for each verb of the list.
template <class L>
class VerbInterface;
template <>
class VerbInterface<VerbList<>> {
 protected:
  void execute() {}  // so that the last verb's `using` finds something
  ~VerbInterface() = default;
};
template <class V, class... Rest>
class VerbInterface<VerbList<V, Rest...>> : public VerbInterface<VerbList<Rest...>> {
 protected:
  using VerbInterface<VerbList<Rest...>>::execute;
  virtual void execute(const V& verb) = 0;
  ~VerbInterface() = default;
};

// Base with every execute(verb) passed on to B::implement(verb); see Implements in backend.h.
template <class B, class Base, class L>
class Forwards;
template <class B, class Base>
class Forwards<B, Base, VerbList<>> : public Base {
 public:
  using Base::Base;
};
template <class B, class Base, class V, class... Rest>
class Forwards<B, Base, VerbList<V, Rest...>> : public Forwards<B, Base, VerbList<Rest...>> {
 public:
  using Forwards<B, Base, VerbList<Rest...>>::Forwards;

 protected:
  using Forwards<B, Base, VerbList<Rest...>>::execute;
  void execute(const V& verb) final { static_cast<B&>(*this).implement(verb); }
};

// The place of a verb in the list.
template <class V, class... All>
constexpr std::size_t index_of(VerbList<All...>) {
  std::size_t index = 0;
  (void)((std::is_same_v<V, All> || (++index, false)) || ...);
  return index;
}

// The models that a verb works on: the largest number that a view of it holds.
template <class V>
int models_of(const V& verb) {
  int models = 1;
  V::views(verb, [&](const char*, const auto& view, Given = Given::always) {
    if (view.models > models) models = view.models;
  });
  return models;
}

// The verb on model `model` alone.
template <class V>
V for_model(V verb, int model) {
  V::views(verb, [&](const char*, auto& view, Given = Given::always) {
    if (view) view = view.model(model);
  });
  return verb;
}

}  // namespace hone
