#pragma once
// One walk over a message feeds every way to show all of it: JSON objects and trees for people.
#include <cstdint>
#include <string_view>

#include "libike/base/octets.hpp"

namespace ike {

/// Where something lies in a datagram; `offset` counts from its first octet.
struct Extent {
    std::size_t offset = 0;
    std::size_t length = 0;  ///< 0: not known or of no interest
};

/// A function that is called while it is there.
class Members {
public:
    template <class Make>
    explicit Members(const Make& make)
        : make_{&make}, call_{[](const void* what) { (*static_cast<const Make*>(what))(); }} {}
    void operator()() const { call_(make_); }

private:
    const void* make_;
    void (*call_)(const void*);
};

/// Takes named values in order. `key` is the JSON key, `label` what people read; either may be empty where
/// the other kind of output is not meant to show it. Members of lists have no key.
class Fields {
public:
    virtual ~Fields() = default;
    virtual void open(std::string_view key, std::string_view label, Extent where = {}) = 0;
    virtual void close() = 0;
    virtual void open_list(std::string_view key, std::string_view label) = 0;
    virtual void close_list() = 0;
    virtual void text(std::string_view key, std::string_view label, std::string_view value) = 0;
    virtual void number(std::string_view key, std::string_view label, std::uint64_t value) = 0;
    virtual void flag(std::string_view key, std::string_view label, bool value) = 0;
    virtual void null(std::string_view key) = 0;
    virtual void octets(std::string_view key, std::string_view label, ByteView value) = 0;
    /// Whether labels are shown, so that it pays to make them.
    virtual bool shows_labels() const { return true; }
    /// Members that depend on `kind` and `octets` alone; what they looked like before may serve.
    virtual void repeated(std::uint8_t kind, ByteView octets, const Members& make) {
        (void)kind;
        (void)octets;
        make();
    }
    /// A code point: its name, and its number under `number_key`.
    virtual void code(std::string_view key, std::string_view number_key, std::string_view label,
                      std::string_view name, std::uint64_t number) = 0;
};

}  // namespace ike
