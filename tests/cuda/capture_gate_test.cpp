// The gate that keeps verbs and allocations of other threads out of a capture.
#include "kernels/cuda/capture_gate.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

using hone::kernels::CaptureGate;

TEST_CASE("while one thread captures no other is inside, and all get through") {
  CaptureGate gate;
  std::atomic<int> inside{0}, met{0}, captures{0};
  long unguarded = 0;  // written while captured, read while inside: a race if the gate leaks
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) {
        if ((i + t) % 10 == 0) {
          gate.begin_capture();
          met += inside;
          ++unguarded;
          ++captures;
          gate.end_capture();
        } else {
          gate.enter();
          ++inside;
          CHECK(unguarded >= 0);
          --inside;
          gate.leave();
        }
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(met == 0);
  CHECK(captures == 4 * 30);
  CHECK(unguarded == captures);
}

TEST_CASE("a thread that is inside or captures may enter again") {
  CaptureGate gate;
  gate.enter();
  gate.enter();
  CHECK_FALSE(gate.capturing());
  gate.leave();
  gate.leave();
  gate.begin_capture();
  gate.enter();  // a verb that is captured
  CHECK(gate.capturing());
  bool other = true;
  std::thread([&] { other = gate.capturing(); }).join();
  CHECK_FALSE(other);
  gate.leave();
  gate.end_capture();
  CHECK_FALSE(gate.capturing());
}

TEST_CASE("a capture waits for those inside and does not wait for those that come later") {
  using namespace std::chrono_literals;
  CaptureGate gate;
  gate.enter();
  std::atomic<bool> captured{false}, late_inside{false};
  std::thread capture([&] {
    gate.begin_capture();
    captured = true;
    CHECK_FALSE(late_inside);
    gate.end_capture();
  });
  std::this_thread::sleep_for(20ms);
  CHECK_FALSE(captured);
  std::thread late([&] {
    gate.enter();
    late_inside = true;
    gate.leave();
  });
  std::this_thread::sleep_for(20ms);
  CHECK_FALSE(late_inside);  // it stands behind the capture
  gate.leave();
  capture.join();
  late.join();
  CHECK(captured);
  CHECK(late_inside);
}
