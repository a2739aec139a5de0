#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
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
    if (!S_ISREG(status.st_mode) || status.st_size == 0 || standard_input) {
        source.detect_compression();
        return source;
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    source.size_ = size;
    std::array<std::uint8_t, 4> head{};
    const auto got = ::pread(descriptor, head.data(), head.size(), 0);
    const ByteView start = ByteView{head}.first(got > 0 ? static_cast<std::size_t>(got) : 0);
    if (const auto kind = compression_of(start); kind != Compression::none) {
        source.decompressor_.emplace(kind);
        return source;
    }
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
      mapped_{std::exchange(other.mapped_, false)},
      size_{other.size_},
      decompressor_{std::exchange(other.decompressor_, std::nullopt)},
      raw_buffer_{std::move(other.raw_buffer_)},
      raw_{std::exchange(other.raw_, {})},
      raw_read_{other.raw_read_},
      damage_{std::move(other.damage_)} {
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
    const auto got = read_some(MutableBytes{buffer_}.subspan(held));
    view_ = ByteView{buffer_}.first(held + got);
    return got > 0;
}

/// What comes through a pipe may be compressed too: its first octets tell.
void ByteSource::detect_compression() {
    const auto kind = compression_of(peek(4));
    if (kind == Compression::none) return;
    raw_read_ = view_.size();
    raw_buffer_ = std::move(buffer_);
    raw_ = ByteView{raw_buffer_}.first(view_.size());
    buffer_ = {};
    view_ = {};
    decompressor_.emplace(kind);
}

std::size_t ByteSource::read_some(MutableBytes to) { return decompressor_ ? decompress(to) : read_raw(to); }

/// Reads once; 0 at the end.
std::size_t ByteSource::read_raw(MutableBytes to) {
    ssize_t got = 0;
    do {
        got = ::read(descriptor_, to.data(), to.size());
    } while (got < 0 && errno == EINTR);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
}

std::size_t ByteSource::decompress(MutableBytes to) {
    while (!damage_) {
        const auto step = decompressor_->step(raw_, to);
        raw_ = raw_.subspan(step.taken);
        if (decompressor_->failed()) damage_ = "what was compressed is damaged";
        if (step.made > 0) return step.made;
        if (damage_ || step.taken > 0) continue;
        if (!raw_.empty()) {
            damage_ = "what was compressed is damaged";
            break;
        }
        raw_buffer_.resize(pipe_buffer);
        const auto got = read_raw(raw_buffer_);
        raw_ = ByteView{raw_buffer_}.first(got);
        raw_read_ += got;
        if (got > 0) continue;
        if (!decompressor_->at_end()) damage_ = "what was compressed is cut off";
        break;
    }
    return 0;
}

}  // namespace ike
