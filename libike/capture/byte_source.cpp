#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "libike/capture/capture_file.hpp"

namespace ike {
namespace {

/// What is read at once: stays in a core's cache, where it is looked at next, all blocks together too. (A
/// mapped file would come through the cache only then, and page by page.)
constexpr std::size_t block_size = 1 << 16;

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
        source.can_keep_ = true;
        return source;
    }
    ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
    source.regular_ = source.can_keep_ = true;
    return source;
}

ByteSource::ByteSource(ByteSource&& other) noexcept
    : view_{other.view_},
      at_{other.at_},
      passed_{other.passed_},
      blocks_{std::move(other.blocks_)},
      block_{other.block_},
      descriptor_{std::exchange(other.descriptor_, -1)},
      regular_{other.regular_},
      can_keep_{other.can_keep_},
      let_go_{std::move(other.let_go_)},
      size_{other.size_},
      decompressor_{std::exchange(other.decompressor_, std::nullopt)},
      raw_buffer_{std::move(other.raw_buffer_)},
      raw_{std::exchange(other.raw_, {})},
      raw_read_{other.raw_read_},
      damage_{std::move(other.damage_)},
      interrupted_{other.interrupted_} {
    other.view_ = {};
}

ByteSource::~ByteSource() {
    if (descriptor_ > STDIN_FILENO) ::close(descriptor_);
}

ByteView ByteSource::peek_further(std::size_t count) {
    while (descriptor_ >= 0 && view_.size() < at_ + count && refill(count)) {
    }
    if (at_ >= view_.size()) return {};
    return view_.subspan(at_, std::min(count, view_.size() - at_));
}

/// Reads behind what was not stepped over, which is taken along to the beginning of the block: of the next
/// one where what the blocks before hold has to stay for a while. From a pipe once, else until the block is
/// full.
bool ByteSource::refill(std::size_t count) {
    const auto passed = std::min(at_, view_.size());
    const auto rest = view_.size() - passed;
    const auto before = block_;
    if (let_go_) {
        block_ = (block_ + 1) % blocks_.size();
        if (blocks_[block_].end > 0) let_go_(blocks_[block_].end);
    }
    auto& block = blocks_[block_].octets;
    const auto wanted = std::max(block_size, rest + count);
    if (block.size() < wanted) block.resize(wanted);
    if (rest > 0) std::memmove(block.data(), &blocks_[before].octets[passed], rest);
    passed_ += passed;
    at_ -= passed;
    std::size_t held = rest;
    std::size_t got = 0;
    do {
        got = read_some(MutableBytes{block}.subspan(held));
        held += got;
    } while ((regular_ || let_go_) && got > 0 && held < block.size());
    view_ = ByteView{block}.first(held);
    blocks_[block_].end = passed_ + held;
    return held > rest;
}

/// What comes through a pipe may be compressed too: its first octets tell.
void ByteSource::detect_compression() {
    const auto kind = compression_of(peek(4));
    if (kind == Compression::none) return;
    raw_read_ = view_.size();
    raw_buffer_ = to_bytes(view_);
    raw_ = raw_buffer_;
    view_ = {};
    decompressor_.emplace(kind);
}

std::size_t ByteSource::read_some(MutableBytes to) { return decompressor_ ? decompress(to) : read_raw(to); }

/// Reads once; 0 at the end, which a signal is too, so that whoever waits for a silent pipe can be told to
/// stop. (Handlers that are to change nothing are installed with SA_RESTART.)
std::size_t ByteSource::read_raw(MutableBytes to) {
    if (interrupted_) return 0;
    const auto got = ::read(descriptor_, to.data(), to.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    interrupted_ = errno == EINTR;
    if (!interrupted_) damage_ = std::string{"cannot be read any further: "} + std::strerror(errno);
    return 0;
}

std::size_t ByteSource::decompress(MutableBytes to) {
    while (!damage_) {
        const auto step = decompressor_->step(raw_, to);
        raw_ = raw_.subspan(step.taken);
        if (decompressor_->failed()) damage_ = decompressor_->why();
        if (step.made > 0) return step.made;
        if (damage_ || step.taken > 0) continue;
        if (!raw_.empty()) {
            damage_ = "what was compressed is damaged";
            break;
        }
        raw_buffer_.resize(block_size);
        const auto got = read_raw(raw_buffer_);
        raw_ = ByteView{raw_buffer_}.first(got);
        raw_read_ += got;
        if (got > 0) continue;
        if (!damage_ && !decompressor_->at_end()) damage_ = "what was compressed is cut off";
        break;
    }
    return 0;
}

}  // namespace ike
