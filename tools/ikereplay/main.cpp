// ikereplay: sends the initiator's side of a capture to a gateway and compares the answers.
#include <CLI/CLI.hpp>

#include "tools/common/exit_codes.hpp"
#include "tools/common/report.hpp"
#include "tools/ikereplay/run.hpp"

int main(int argc, char** argv) {
    CLI::App app{"Send a capture's IKE requests again and compare the answers"};
    Options options;
    declare(app, options);
    try {
        app.parse(argc, argv);
        if (const auto why = contradiction(options))
            throw CLI::ValidationError{*why, CLI::ExitCodes::ValidationError};
    } catch (const CLI::ParseError& stop) {
        return app.exit(stop) == 0 ? exit_ok : exit_usage;
    }
    return report("ikereplay", run(options));
}
