# Writes OUT, a C++ file that holds the FILES of the pages byte for byte: cmake -D OUT=… -D FILES=a;b -P embed.cmake
set(arrays "")
set(table "")
set(count 0)
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME)
  file(READ "${file}" text)
  # Minified files of others name a source map that is not here; a browser would ask for it.
  string(REGEX REPLACE "\n//# sourceMappingURL=[^\n]*" "" text "${text}")
  string(LENGTH "${text}" length)
  string(HEX "${text}" hex)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  string(APPEND arrays "constexpr char file_${count}[] = {${bytes}'\\0'};\n")
  string(APPEND table "    {\"${name}\", {file_${count}, sizeof(file_${count}) - 1}},\n")
  math(EXPR count "${count} + 1")
endforeach()
file(WRITE "${OUT}" "#include \"server/asset.h\"\n\nnamespace server {\n\nnamespace {\n\n${arrays}
constexpr Asset table[] = {\n${table}};\n\n}  // namespace\n
std::span<const Asset> assets() {\n  return table;\n}\n\n}  // namespace server\n")
