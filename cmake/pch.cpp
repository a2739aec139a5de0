// A target needs a source to have precompiled headers (cmake/pch.cmake).
int main() {}
