#include "tools/ikemtu/measured.hpp"

using namespace ike;

std::string_view to_string(Quest quest) {
    switch (quest) {
        case Quest::ike_out:
            return "IKE to the gateway";
        case Quest::esp_out:
            return "ESP to the gateway";
        case Quest::esp_back:
            return "ESP there and back";
    }
    return "?";
}

std::string_view json_name(Quest quest) {
    switch (quest) {
        case Quest::ike_out:
            return "ike-out";
        case Quest::esp_out:
            return "esp-out";
        case Quest::esp_back:
            return "esp-back";
    }
    return "?";
}

std::string_view method(Quest quest) {
    switch (quest) {
        case Quest::ike_out:
            return "padded INFORMATIONAL, small answer";
        case Quest::esp_out:
            return "echo with TFC padding, small answer";
        case Quest::esp_back:
            return "echo, answer as large";
    }
    return "?";
}

InnerLimits inner_limits(std::size_t path, Address::Family family, Outer outer, const EspCost& cost) {
    InnerLimits limits{.path = path};
    limits.inner_mtu = cost.inner(datagram_capacity(path, family, outer));
    limits.mss_v4 = tcp_mss(limits.inner_mtu, Address::Family::v4);
    limits.mss_v6 = tcp_mss(limits.inner_mtu, Address::Family::v6);
    return limits;
}
