// Liveness: lets an object find out, after it called back into its owner, whether it still exists.
// A callback may destroy the very stream it was called for; the Watch lives on the stack of the caller.
#pragma once

namespace cachewitness::adapters {

class Liveness {
 public:
  class Watch {
   public:
    explicit Watch(Liveness& watched) : watched_(&watched), outer_(watched.watch_) { watched.watch_ = this; }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch() {
      if (watched_ != nullptr) {
        watched_->watch_ = outer_;
      }
    }

    // The object that holds the Liveness was destroyed: touch none of its members.
    [[nodiscard]] bool is_gone() const { return watched_ == nullptr; }

   private:
    friend class Liveness;
    Liveness* watched_;
    Watch* outer_;
  };

  Liveness() = default;
  Liveness(const Liveness&) = delete;
  Liveness& operator=(const Liveness&) = delete;
  ~Liveness() {
    for (Watch* watch = watch_; watch != nullptr; watch = watch->outer_) {
      watch->watched_ = nullptr;
    }
  }

 private:
  Watch* watch_ = nullptr;
};

}  // namespace cachewitness::adapters
