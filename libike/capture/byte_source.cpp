#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "libike/capture/capture_file.hpp"

namespace ike {
namespace {

constexpr std::size_t pipe_buffer = 1 << 18;
constexpr std::size_t drop_every = 8 << 20;
/// A multiple of every page size in use.
constexpr std::size_t page = 1 << 16;

}  // namespace

Result<ByteSource> ByteSource::open(const std::string& path) {
    const bool standard_input = path == "-";
    const int descriptor = standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return failure("cannot open " + path + ": " + std::strerror(errno));
    ByteSource source;
    source.descriptor_ = descriptor;
    struct stat status {};
    if (::fstat(descriptor, &status) != 0)
        return failure("cannot open " + path + ": " + std::strerror(errno));
    if (S_ISDIR(status.st_mode)) return failure("cannot read " + path + ": is a directory");
    // Standard input may stand in the middle of a file, so it is read like a pipe.
    if (!S_ISREG(status.st_mode) || status.st_size == 0 || standard_input) return source;
    const auto size = static_cast<std::size_t>(status.st_size);
    void* at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (at == MAP_FAILED) return source;
    ::madvise(at, size, MADV_SEQUENTIAL);
    source.view_ = {static_cast<const std::uint8_t*>(at), size};
    source.mapped_ = true;
    return source;
}

ByteSource::ByteSource(ByteSource&& other) noexcept
    : view_{other.view_},
      at_{other.at_},
      passed_{other.passed_},
      dropped_{other.dropped_},
      buffer_{std::move(other.buffer_)},
      descriptor_{std::exchange(other.descriptor_, -1)},
      mapped_{std::exchange(other.mapped_, false)} {
    other.view_ = {};
}

ByteSource::~ByteSource() {
    if (mapped_) ::munmap(const_cast<std::uint8_t*>(view_.data()), view_.size());
    if (descriptor_ > STDIN_FILENO) ::close(descriptor_);
}

ByteView ByteSource::peek(std::size_t count) {
    if (view_.size() < at_ || view_.size() - at_ < count) {
        while (!mapped_ && descriptor_ >= 0 && view_.size() < at_ + count && refill(count)) {
        }
    }
    if (mapped_ && at_ - dropped_ >= drop_every) drop_passed();
    if (at_ >= view_.size()) return {};
    return view_.subspan(at_, std::min(count, view_.size() - at_));
}

/// What is behind needs no memory any more.
void ByteSource::drop_passed() {
    const auto count = (std::min(at_, view_.size()) - dropped_) / page * page;
    ::madvise(const_cast<std::uint8_t*>(view_.data()) + dropped_, count, MADV_DONTNEED);
    dropped_ += count;
}

/// Reads once; what was stepped over makes room first.
bool ByteSource::refill(std::size_t count) {
    const auto passed = std::min(at_, view_.size());
    std::size_t held = view_.size() - passed;
    if (held > 0 && passed > 0) std::memmove(buffer_.data(), buffer_.data() + passed, held);
    passed_ += passed;
    at_ -= passed;
    const auto wanted = std::max(pipe_buffer, std::min(at_ + count, held + pipe_buffer));
    if (buffer_.size() < wanted) buffer_.resize(wanted);
    ssize_t got = 0;
    do {
        got = ::read(descriptor_, buffer_.data() + held, buffer_.size() - held);
    } while (got < 0 && errno == EINTR);
    if (got > 0) held += static_cast<std::size_t>(got);
    view_ = ByteView{buffer_}.first(held);
    return got > 0;
}

}  // namespace ike
