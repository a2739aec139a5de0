// ikedump: shows the IKE and ESP traffic of a capture, decrypted where keys are at hand.
#include <CLI/CLI.hpp>

#include "tools/common/exit_codes.hpp"
#include "tools/common/report.hpp"
#include "tools/ikedump/options.hpp"
#include "tools/ikedump/run.hpp"

int main(int argc, char** argv) {
    CLI::App app{"Show the IKEv2 and ESP traffic of a capture"};
    Options options;
    declare(app, options);
    try {
        app.parse(argc, argv);
        if (const auto why = contradiction(options))
            throw CLI::ValidationError{*why, CLI::ExitCodes::ValidationError};
    } catch (const CLI::ParseError& stop) {
        return app.exit(stop) == 0 ? exit_ok : exit_usage;
    }
    return report("ikedump", run(options, stdout));
}
