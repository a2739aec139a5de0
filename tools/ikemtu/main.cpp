// ikemtu: the largest IKE and ESP datagrams that a path carries unfragmented, and what that leaves inside the
// tunnel.
#include <CLI/CLI.hpp>

#include "tools/common/exit_codes.hpp"
#include "tools/common/report.hpp"
#include "tools/ikemtu/run.hpp"

int main(int argc, char** argv) {
    CLI::App app{"Find the largest IKE and ESP datagrams that pass unfragmented"};
    Options options;
    declare(app, options);
    try {
        app.parse(argc, argv);
        if (const auto why = contradiction(options))
            throw CLI::ValidationError{*why, CLI::ExitCodes::ValidationError};
    } catch (const CLI::ParseError& stop) {
        return app.exit(stop) == 0 ? exit_ok : exit_usage;
    }
    return report("ikemtu", run(options));
}
