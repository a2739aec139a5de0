#pragma once
// Addresses and links as they come and go (rtnetlink).
#include <functional>
#include <memory>
#include <string>

#include "libike/base/address.hpp"
#include "libike/base/error.hpp"

namespace ike::io {

class Loop;

struct AddressChange {
    enum class Kind : std::uint8_t { added, removed, link_up, link_down } kind{};
    Address address;        ///< with added and removed
    std::string interface;  ///< its name, or "#index" once it is gone
};
std::string to_string(const AddressChange& change);

class AddressWatch {
public:
    static Result<AddressWatch> open(Loop& loop, std::function<void(const AddressChange&)> handler);
    ~AddressWatch();
    AddressWatch(AddressWatch&&) noexcept;
    AddressWatch& operator=(AddressWatch&&) noexcept;

private:
    struct State;
    explicit AddressWatch(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace ike::io
