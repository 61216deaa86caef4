#include "server/tls.h"

#include <openssl/ssl.h>
#include <string_view>

namespace server {

namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

/// For TLS 1.2; all suites of TLS 1.3 are good.
constexpr const char* ciphers =
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

/// Answers clients that also offer HTTP/2 (RFC 7301). The protocol is ours alone: one byte of length, then its name.
int choose_http_1_1(SSL* /*connection*/, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned offered_size, void* /*nothing*/) {
  constexpr std::string_view ours = "http/1.1";
  for (unsigned at = 0; at < offered_size; at += 1U + offered[at]) {
    const unsigned size = offered[at];
    if (at + 1 + size > offered_size) break;
    if (!std::equal(ours.begin(), ours.end(), offered + at + 1, offered + at + 1 + size)) continue;
    *chosen = offered + at + 1;
    *chosen_size = static_cast<unsigned char>(size);
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_NOACK;
}

bool set_rules(ssl::context& context) {
  SSL_CTX* const native = context.native_handle();
  constexpr unsigned char application[] = "sir-cds";
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_alpn_select_cb(native, choose_http_1_1, nullptr);
  return SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION) == 1 && SSL_CTX_set_cipher_list(native, ciphers) == 1 &&
         // Sessions of clients with certificates are resumed here and nowhere else.
         SSL_CTX_set_session_id_context(native, application, sizeof application - 1) == 1;
}

}  // namespace

fhir::Result<Tls> read_tls(const TlsFiles& files) {
  const auto failed = [](const std::string& file, const std::string& what) {
    return fault(fhir::Kind::bad_input, file, what);
  };
  error_code error;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  if (!set_rules(*context)) return failed("TLS", "cannot be set up");
  if (context->use_certificate_chain_file(files.certificate, error))
    return failed(files.certificate, "cannot be read as a PEM certificate");
  if (context->use_private_key_file(files.key, ssl::context::pem, error))
    return failed(files.key, "cannot be read as the PEM private key of the certificate");
  if (files.client_ca.empty()) return context;
  if (context->load_verify_file(files.client_ca, error))
    return failed(files.client_ca, "cannot be read as PEM certificates");
  SSL_CTX_set_client_CA_list(context->native_handle(), SSL_load_client_CA_file(files.client_ca.c_str()));
  const auto needed = files.client_certificate_needed ? ssl::verify_fail_if_no_peer_cert : ssl::verify_none;
  if (context->set_verify_mode(ssl::verify_peer | needed, error)) return failed("TLS", "cannot be set up");
  return context;
}

}  // namespace server
