#pragma once
// Packets from a network interface, as they come.
#include <memory>
#include <string>

#include "libike/base/error.hpp"
#include "libike/capture/capture_file.hpp"

namespace ike {

class LiveCapture {
public:
    /// Listens on `interface` ("any": all) for what the BPF expression `filter` lets through (empty:
    /// everything). The error says what is missing, permission above all.
    static Result<LiveCapture> open(const std::string& interface, const std::string& filter);
    LiveCapture(LiveCapture&&) noexcept;
    LiveCapture& operator=(LiveCapture&&) noexcept;
    ~LiveCapture();
    /// The next frame; nothing when none came for a while (some 100 ms), or at the end.
    std::optional<Frame> next();
    /// The interface is gone, or capturing failed.
    const std::optional<std::string>& error() const;
    std::uint64_t dropped() const;  ///< frames lost for want of room

private:
    struct State;
    explicit LiveCapture(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace ike
