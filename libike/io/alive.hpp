#pragma once
// Handlers that the loop has queued already can come after their owner is gone: they ask first. For libike/io
// alone.
#include <memory>

namespace ike::io {

/// A member of the owner; watch() goes into each handler, which does nothing once it has expired.
class Alive {
public:
    std::weak_ptr<const void> watch() const { return token_; }

private:
    std::shared_ptr<const void> token_ = std::make_shared<char>();
};

}  // namespace ike::io
