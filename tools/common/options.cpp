#include "tools/common/options.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

namespace {

void declare_peer(CLI::App& app, CommonOptions& options, Profiles profiles) {
    app.add_option("--peer", options.profiles,
                   profiles == Profiles::one ? "profile, see ike-peer(5); flags override it"
                                             : "profile, see ike-peer(5) (repeatable)")
        ->option_text("FILE.yaml")
        ->expected(1)
        ->multi_option_policy(profiles == Profiles::one ? CLI::MultiOptionPolicy::Throw
                                                        : CLI::MultiOptionPolicy::TakeAll)
        ->allow_extra_args(false);
    app.add_option("--id", options.id, "our identity")->option_text("ID");
    app.add_option("--remote-id", options.remote_id, "the peer's; default: any that proves itself")
        ->option_text("ID");
    app.add_option("--psk-file", options.psk_file, "shared secret, without its last newline")
        ->option_text("FILE");
    app.add_option("--cert", options.cert, "our certificate, then its chain (repeatable)")
        ->option_text("FILE")
        ->allow_extra_args(false);
    app.add_option("--key", options.key, "its private key")->option_text("FILE");
    app.add_option("--ca", options.ca, "whom to trust for the peer's (repeatable)")
        ->option_text("FILE")
        ->allow_extra_args(false);
}

void declare_connection(CLI::App& app, CommonOptions& options) {
    const auto port = CLI::Range(0, 65535);
    app.add_option("--local", options.local, "local address (repeatable)")
        ->option_text("ADDR")
        ->allow_extra_args(false);
    app.add_option("--port", options.port, "the gateway's IKE port (500)")->option_text("PORT")->check(port);
    app.add_option("--nat-port", options.nat_port, "its NAT port (4500, or --port + 1)")
        ->option_text("PORT")
        ->check(port);
    app.add_option("--proposal", options.proposal, "IKE, e.g. aes256gcm16-prfsha384-x25519")
        ->option_text("LIST");
    app.add_option("--esp-proposal", options.esp_proposal, "ESP, e.g. aes256gcm16-esn")->option_text("LIST");
    app.add_option("--ts-local", options.ts_local, "our traffic selectors, e.g. 10.0.0.0/24")
        ->option_text("LIST");
    app.add_option("--ts-remote", options.ts_remote, "the peer's")->option_text("LIST");
    app.add_flag("--no-mobike", options.no_mobike, "stay on one address");
    app.add_option("--tun", options.tun, "inner packets through a TUN device (root)")
        ->option_text("[NAME]")
        ->expected(0, 1);
    app.add_option("--timeout", options.timeout, "seconds for a tunnel to come up")
        ->option_text("S")
        ->check(CLI::PositiveNumber);
}

void declare_output(CLI::App& app, CommonOptions& options) {
    app.add_option("--keylog", options.keylog, "folder for keys, ours and Wireshark's")->option_text("DIR");
    app.add_option("--capture", options.capture, "pcapng of all datagrams")->option_text("FILE");
    app.add_flag("--json", options.json, "one JSON object a line");
    app.add_option("--seed", options.seed, "repeat a run; its keys are no secret")->option_text("N");
    app.add_flag("--verbose", options.verbose, "every message, too");
    app.add_option("--color", options.colour, "auto, always or never")
        ->check(CLI::IsMember({"auto", "always", "never"}))
        ->option_text("WHEN");
}

}  // namespace

void declare_common(CLI::App& app, CommonOptions& options, Profiles profiles) {
    declare_peer(app, options, profiles);
    declare_connection(app, options);
    declare_output(app, options);
}

ike::Colour colour_of(const CommonOptions& options) {
    if (options.colour == "always") return ike::Colour::ansi;
    if (options.colour == "never" || options.json) return ike::Colour::none;
    // https://no-color.org
    if (const auto* none = std::getenv("NO_COLOR"); none != nullptr && *none != '\0')
        return ike::Colour::none;
    return isatty(STDOUT_FILENO) != 0 ? ike::Colour::ansi : ike::Colour::none;
}
