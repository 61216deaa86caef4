#include "tests/server/certificates.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace test {

namespace fs = std::filesystem;

Said shell(const std::string& command) {
  Said said;
  FILE* const pipe = ::popen(("exec 2>&1; exec </dev/null; " + command).c_str(), "r");
  if (!pipe) throw std::runtime_error("no shell");
  std::array<char, 4096> bytes{};
  while (const auto count = std::fread(bytes.data(), 1, bytes.size(), pipe)) said.text.append(bytes.data(), count);
  said.status = WEXITSTATUS(::pclose(pipe));
  return said;
}

Folder::Folder() {
  std::string path = fs::temp_directory_path() / "sir-cds-folder-XXXXXX";
  if (!::mkdtemp(path.data())) throw std::runtime_error("cannot make a folder");
  path_ = path;
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void Folder::write(const std::string& name, const std::string& text) const {
  std::ofstream(path_ / name, std::ios::binary) << text;
}

Certificates::Certificates() {
  const std::string script = "set -e; cd " + (folder_ / "") + R"(
authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1 authority" -keyout $1.key -out $1.pem
}
signed() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" -keyout $2.key -out $2.csr
  printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' > $2.ext
  openssl x509 -req -in $2.csr -CA $1.pem -CAkey $1.key -CAcreateserial -days 2 -extfile $2.ext -out $2.pem
}
authority ca
authority clients
signed ca server
signed ca renewed
signed clients client
)";
  const Said said = shell(script);
  if (said.status != 0) throw std::runtime_error("openssl: " + said.text);
}

std::vector<std::string> Certificates::environment(const std::string& name) const {
  return {"SIR_CDS_TLS_CERTIFICATE_FILE=" + (folder_ / (name + ".pem")),
          "SIR_CDS_TLS_KEY_FILE=" + (folder_ / (name + ".key"))};
}

void Certificates::replace(const std::string& name, const std::string& by) const {
  for (const std::string end : {".pem", ".key"})
    fs::copy_file(folder_ / (by + end), folder_ / (name + end), fs::copy_options::overwrite_existing);
}

const Certificates& certificates() {
  static const Certificates all;
  return all;
}

int free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), size);
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(descriptor);
  return ntohs(address.sin_port);
}

}  // namespace test
