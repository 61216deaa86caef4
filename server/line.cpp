#include "server/line.h"

#include <cpprest/http_client.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pplx/threadpool.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>

#include "server/received_bytes.h"

// What the library (2.10.18) leaves to its user, and is done here: it bounds neither headers nor chunks nor what it
// unpacks, has no deadline for the whole, takes the Host header with its port for the certificate's name, and resolves
// names itself.

namespace server {

namespace {

using Socket = boost::asio::ip::tcp::socket;  // these two are what the library hands out
using TlsStream = boost::asio::ssl::stream<Socket&>;
using Kind = ExchangeFault::Kind;

/// After this time without progress the library gives up; deadlines are far below.
constexpr std::chrono::seconds library_timeout{120};
constexpr std::size_t unpack_bytes = 64U << 10U;

struct TooMuch : std::exception {};
struct LeftOver : std::exception {};

/// Bytes that may stand in a request target are left, all others are percent-encoded (RFC 3986 section 2).
std::string encoded(const std::string& target) {
  constexpr std::string_view allowed = "-._~!$&'()*+,;=:@/?%";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  for (const char letter : target) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                       (letter >= '0' && letter <= '9') || allowed.find(letter) != std::string_view::npos;
    if (plain)
      text += letter;
    else
      text.append({'%', digits[byte >> 4U], digits[byte & 0xFU]});
  }
  return text;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

tl::unexpected<ExchangeFault> fault_of(Kind kind, std::string what) {
  return tl::unexpected<ExchangeFault>({kind, std::move(what)});
}

/// Unpacks gzip, but never more than `bytes_max`.
Line::Result unpack(OutboundResponse response, std::size_t bytes_max) {
  const auto unpacker =
      web::http::compression::builtin::make_decompressor(web::http::compression::builtin::algorithm::GZIP);
  const auto* in = reinterpret_cast<const std::uint8_t*>(response.body.data());
  std::size_t left = response.body.size();
  std::vector<std::uint8_t> out(unpack_bytes);
  std::string text;
  for (bool done = false; !done;) {
    std::size_t used = 0;
    const auto got = unpacker->decompress(in, left, out.data(), out.size(),
                                          web::http::compression::operation_hint::has_more, used, done);
    text.append(reinterpret_cast<const char*>(out.data()), got);
    if (text.size() > bytes_max) return fault_of(Kind::too_big, "answered with more than is accepted");
    if (got == 0 && used == 0 && !done) return fault_of(Kind::broken, "ended its answer too early");
    in += used;
    left -= used;
  }
  response.body = std::move(text);
  return response;
}

}  // namespace

struct Authorities::Store {
  /// Those of the system are read when they are first needed: there are many.
  [[nodiscard]] X509_STORE* get() {
    if (!is_own) std::call_once(read, [this] { X509_STORE_set_default_paths(store.get()); });
    return store.get();
  }

  std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store{X509_STORE_new(), X509_STORE_free};
  bool is_own = false;
  std::once_flag read;
};

fhir::Result<Authorities> Authorities::read(const std::string& ca_file) {
  Authorities authorities;
  authorities.store_ = std::make_shared<Store>();
  authorities.store_->is_own = !ca_file.empty();
  if (!ca_file.empty() && X509_STORE_load_file(authorities.store_->store.get(), ca_file.c_str()) != 1)
    return fault(fhir::Kind::bad_input, ca_file, "is not a file of certificates in PEM form");
  return authorities;
}

struct Line::State {
  State(LineEnd where, const Authorities& authorities) : end(std::move(where)), trusted(authorities.store()) {}

  void prepare(void* handle);
  void prepare(boost::asio::ssl::context& context);
  int verify(X509_STORE_CTX* chain);
  [[nodiscard]] ExchangeFault fault_of_exception(const std::exception& error);
  [[nodiscard]] Result response_of(const web::http::http_response& message, std::string body, std::size_t bytes_max);

  LineEnd end;
  std::shared_ptr<Authorities::Store> trusted;
  std::optional<web::http::client::http_client> client;  ///< its hooks refer to this State weakly
  pplx::cancellation_token_source canceller;

  mutable std::mutex mutex;
  ReceivedBytes received;
  std::string certificate_fault;
};

/// Called before each request with the socket, or the TLS stream, that it will use.
void Line::State::prepare(void* handle) {
  if (!end.proxy.empty()) return;
  Socket& socket = end.url.secure ? static_cast<TlsStream*>(handle)->next_layer() : *static_cast<Socket*>(handle);
  if (!socket.is_open())
    socket.open(end.address.find(':') == std::string::npos ? boost::asio::ip::tcp::v4() : boost::asio::ip::tcp::v6());
  else if (socket.available() > 0)
    throw LeftOver();  // behind the last answer: it would be taken for the next
  if (end.url.secure && !is_ip_address(end.url.host))
    SSL_set_tlsext_host_name(static_cast<TlsStream*>(handle)->native_handle(), end.url.host.c_str());
  const std::lock_guard lock(mutex);
  received = ReceivedBytes(socket.native_handle());
}

void Line::State::prepare(boost::asio::ssl::context& context) {
  SSL_CTX* raw = context.native_handle();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set1_cert_store(raw, trusted->get());
  SSL_CTX_set_cert_verify_callback(
      raw, [](X509_STORE_CTX* chain, void* self) { return static_cast<State*>(self)->verify(chain); }, this);
}

/// OpenSSL's verification, of the chain and of the host's name. The library's own compares with the Host header, port
/// and all.
int Line::State::verify(X509_STORE_CTX* chain) {
  X509_VERIFY_PARAM* wanted = X509_STORE_CTX_get0_param(chain);
  const int set = is_ip_address(end.url.host) ? X509_VERIFY_PARAM_set1_ip_asc(wanted, end.url.host.c_str())
                                              : X509_VERIFY_PARAM_set1_host(wanted, end.url.host.c_str(), 0);
  X509_STORE_CTX_set_verify_cb(chain, [](int good, X509_STORE_CTX*) { return good; });
  if (set == 1 && X509_verify_cert(chain) == 1) return 1;
  const std::lock_guard lock(mutex);
  certificate_fault = X509_verify_cert_error_string(X509_STORE_CTX_get_error(chain));
  return 0;
}

ExchangeFault Line::State::fault_of_exception(const std::exception& error) {
  const std::string_view what = error.what();
  const std::lock_guard lock(mutex);
  if (!certificate_fault.empty())
    return {Kind::untrusted, "has a certificate that is not accepted (" + certificate_fault + ")"};
  if (what.find("SSL handshake") != std::string_view::npos) return {Kind::untrusted, "did not agree on TLS"};
  if (what.find("proxy") != std::string_view::npos)
    return {Kind::unreachable, "could not be reached through the proxy"};
  if (what.find("connect") != std::string_view::npos || what.find("resolv") != std::string_view::npos)
    return {Kind::unreachable, "could not be reached"};
  return {Kind::broken, "broke the connection, or does not speak HTTP"};
}

Line::Result Line::State::response_of(const web::http::http_response& message, std::string body,
                                      std::size_t bytes_max) {
  OutboundResponse response{.status = message.status_code(), .headers = {}, .body = std::move(body)};
  for (const auto& [name, value] : message.headers()) response.headers[lower(name)] = value;
  if (response.status < 200 || response.status > 599) return fault_of(Kind::broken, "does not speak HTTP");
  if (response.body.size() > bytes_max) return fault_of(Kind::too_big, "answered with more than is accepted");
  const auto coding = lower(response.header("content-encoding"));
  if (coding.empty() || coding == "identity" || response.body.empty()) return response;
  if (coding != "gzip" && coding != "x-gzip")
    return fault_of(Kind::broken, "answered in a coding that was not asked for");
  return unpack(std::move(response), bytes_max);
}

Line::Line(const LineEnd& end, const Authorities& authorities) : state_(std::make_shared<State>(end, authorities)) {
  web::http::client::http_client_config config;
  config.set_timeout(library_timeout);
  config.set_max_redirects(0);
  const std::weak_ptr<State> weak = state_;
  config.set_ssl_context_callback([weak](boost::asio::ssl::context& context) {
    const auto state = weak.lock();
    if (!state) throw LeftOver();
    state->prepare(context);
  });
  config.set_nativehandle_options([weak](web::http::client::native_handle handle) {
    if (const auto state = weak.lock()) state->prepare(handle);
  });
  std::string base = end.url.origin();
  if (end.proxy.empty()) {
    config.set_tlsext_sni_enabled(false);
    // An IPv6 address stands without its brackets: the library passes it on to the system as it is.
    base = std::string(end.url.secure ? "https://" : "http://") + end.address + ":" + end.url.port;
  } else {
    config.set_proxy(web::web_proxy(web::uri(end.proxy)));
  }
  state_->client.emplace(web::uri(base), config);
}

void Line::send(const OutboundRequest& request, const Done& done) try {
  web::http::http_request message(request.method);
  const auto url = read_url(request.url);
  message.set_request_uri(web::uri(encoded(url ? url->target : "/")));
  for (const auto& [name, value] : request.headers) message.headers().add(name, value);
  message.headers().add("Accept-Encoding", "gzip");
  if (state_->end.proxy.empty()) message.headers().add("Host", state_->end.url.authority());
  if (!request.body.empty()) message.set_body(request.body, message.headers().content_type());

  const auto bytes_max = request.bytes_max;
  message.set_progress_handler([bytes_max](web::http::message_direction::direction direction, std::uint64_t bytes) {
    if (direction == web::http::message_direction::download && bytes > bytes_max) throw TooMuch();
  });
  {
    const std::lock_guard lock(state_->mutex);
    state_->canceller = pplx::cancellation_token_source();
    state_->certificate_fault.clear();
    state_->received = {};
  }
  const auto state = state_;
  const auto received = [state, bytes_max](const web::http::http_response& head) {
    if (const auto length = head.headers().content_length(); length > bytes_max && head.headers().has("Content-Length"))
      throw TooMuch();
    return head.extract_vector().then([state, head, bytes_max](const std::vector<unsigned char>& bytes) {
      return state->response_of(head, std::string(bytes.begin(), bytes.end()), bytes_max);
    });
  };
  const auto finished = [state, done](const pplx::task<Result>& task) {
    Result result;
    try {
      result = task.get();
    } catch (const TooMuch&) {
      result = fault_of(Kind::too_big, "answered with more than is accepted");
    } catch (const std::exception& error) {
      result = tl::unexpected<ExchangeFault>(state->fault_of_exception(error));
    }
    done(std::move(result));
  };
  state->client->request(message, state->canceller.get_token()).then(received).then(finished);
} catch (const std::exception& error) {
  done(tl::unexpected<ExchangeFault>(state_->fault_of_exception(error)));
}

void Line::cancel() {
  const auto canceller = [this] {
    const std::lock_guard lock(state_->mutex);
    return state_->canceller;
  }();
  canceller.cancel();
}

std::uint64_t Line::bytes_received() const {
  const std::lock_guard lock(state_->mutex);
  return state_->received.count();
}

// Through a proxy the library tells a TLS connection that is used again from a new one in no way that can be seen here.
bool Line::can_be_kept() const {
  return state_->end.proxy.empty() || !state_->end.url.secure;
}

Line::Line(Line&&) noexcept = default;
Line& Line::operator=(Line&&) noexcept = default;
Line::~Line() = default;

void set_line_threads(std::size_t count) try {
  crossplat::threadpool::initialize_with_threads(count);
} catch (const std::exception&) {  // it runs already
}

}  // namespace server
