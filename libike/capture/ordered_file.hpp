#pragma once
// A capture whose frames come in the order of time where the file has them in another: captures of several
// interfaces are written in batches, and some are joined without being merged.
#include <string>
#include <vector>

#include "libike/capture/capture_file.hpp"

namespace ike {

/// Like CaptureFile; frames keep the numbers that they have in the file. A plain file is looked through once
/// before: where time goes back by no more than a second, or to about the beginning (captures of the same
/// minutes, one behind the other), its frames are put in order, which takes memory for all of them (at most
/// 256 MiB; larger files stay as they are). A clock that was set leaves the order of the file, as does a
/// pipe.
class OrderedFile {
public:
    static Result<OrderedFile> open(const std::string& path);
    /// The next frame; its view stays valid until the next call.
    std::optional<Frame> next();
    const std::optional<std::string>& error() const { return file_.error(); }
    /// Octets of the file read, and in all (0: unknown), for showing progress.
    std::uint64_t position() const { return file_.position(); }
    std::uint64_t size() const { return file_.size(); }

private:
    struct Kept {
        Frame frame;
        Bytes octets;
    };
    explicit OrderedFile(CaptureFile file) : file_{std::move(file)} {}
    void keep_all();
    CaptureFile file_;
    std::vector<Kept> sorted_;
    std::size_t at_ = 0;
};

}  // namespace ike
