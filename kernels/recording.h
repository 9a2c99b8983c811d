// A recorded sequence of verbs: data that can be printed, timed and run again.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/verbs.h"
#include "kernels/workspace.h"

namespace hone {

class Backend;

// One verb of a timed replay.
struct VerbTime {
  const char* name;  // of the verb, a literal
  Shape shape;       // of its first output
  double seconds;
};

// "conv2d_forward y [32, 13, 13, 32], argmax u8 [32, 13, 13, 32], x [32, 28, 28, 1], w [32, 3, 3,
// 1], b [32]": its name and its views, f32 where no type stands; "3 x" before a view that holds
// three models.
std::string str(const AnyVerb& verb);

// What Backend::end_recording gives. It keeps the scratch memory that its verbs use; the memory of
// their views must outlive it, and so must the backend.
class Recording {
 public:
  // A backend's own form of the recorded verbs, a graph of its device, that runs them as a whole.
  class Graph {
   public:
    virtual ~Graph() = default;
    virtual void replay(int times) = 0;
    // As how many replays, one after the other, it is given to the device at once at the most.
    virtual int at_once() const { return 1; }
    // What the device is given for one replay: kernels, copies and fills.
    virtual std::size_t operations() const = 0;
  };

  // For Backend: `graph` may be null, then the verbs are run one by one.
  Recording(Backend& backend, std::vector<AnyVerb> verbs, std::shared_ptr<Workspace> workspace,
            std::unique_ptr<Graph> graph);
  ~Recording();

  // Runs every verb `times` times more, in order with what the backend has been given before.
  void replay(int times = 1);
  // More replays than this in one call win nothing; 1 where there is no graph.
  int at_once() const { return graph_ ? graph_->at_once() : 1; }
  // The same, verb by verb, each waited for; tells the time of each. `now` reads a clock in
  // seconds.
  std::vector<VerbTime> replay_timed(const std::function<double()>& now);

  std::size_t size() const;
  // Operations of the device's own form of it; 0 where there is none.
  std::size_t operations() const { return graph_ ? graph_->operations() : 0; }
  const std::vector<AnyVerb>& verbs() const { return verbs_; }
  // One line a verb.
  std::string str() const;

 private:
  Backend& backend_;
  std::vector<AnyVerb> verbs_;
  std::shared_ptr<Workspace> workspace_;
  std::unique_ptr<Graph> graph_;
};

}  // namespace hone
