#pragma once
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

/// A folder for one test, gone with it.
class Folder {
public:
    Folder()
        : path_{std::filesystem::temp_directory_path() / ("ike-tools-test-" + std::to_string(getpid()))} {
        std::filesystem::create_directories(path_);
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    /// The path of a new file with this text.
    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream{path_ / name} << text;
        return (path_ / name).string();
    }

private:
    std::filesystem::path path_;
};
