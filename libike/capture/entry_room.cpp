#include "libike/capture/entry_room.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace ike {

Slab::Slab(void* octets) : octets_{static_cast<std::byte*>(octets)} {
    if (!octets_) throw std::bad_alloc{};
}

Slab Slab::plain(std::size_t size) { return Slab{std::malloc(size)}; }

Slab Slab::large_pages(std::size_t size) {
    Slab made{std::aligned_alloc(std::size_t{2} << 20, size)};
    ::madvise(made.octets(), size, MADV_HUGEPAGE);
    return made;
}

void Slab::Free::operator()(std::byte* octets) const { std::free(octets); }

}  // namespace ike
