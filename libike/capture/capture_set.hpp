#pragma once
// Several captures as one: their frames in the order of time.
#include "libike/capture/capture_file.hpp"

namespace ike {

/// One or more captures being read. Frames are numbered through; each says which file it is from and its
/// number there. Frames of the same time come in the order of the files; within a file the order is the
/// file's, whatever its times.
class CaptureSet {
public:
    static Result<CaptureSet> open(std::span<const std::string> paths);
    /// The earliest of what the files have next; its view stays valid until the next call.
    std::optional<Frame> next();
    /// Whether asking for the next frame would wait for a pipe.
    bool would_wait() const;
    /// Whether the views of frames stay valid until ByteSource::kept more octets were read.
    bool keeps_frames() const;
    /// Why a file could not be read to its end: "PATH: why", for each such file.
    std::vector<std::string> errors() const;
    /// Octets read, and in all (0: not known).
    std::uint64_t position() const;
    std::uint64_t size() const;
    std::size_t file_count() const { return inputs_.size(); }

private:
    struct Input {
        std::string path;
        CaptureFile file;
        std::optional<Frame> head;
        bool used = true;  ///< `head` was given out, or was never read
    };
    std::vector<Input> inputs_;
    std::uint64_t count_ = 0;
};

}  // namespace ike
