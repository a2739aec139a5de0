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
    /// From now on the views of frames stay valid until `let_go` tells that those of file number `file` and a
    /// lower Frame::position will not. Precondition: can_keep_frames(), all are files on disk.
    using LetGo = std::function<void(std::uint32_t file, std::uint64_t before)>;
    void keep_frames(const LetGo& let_go);
    bool can_keep_frames() const;
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
