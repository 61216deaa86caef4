#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <memory>
#include <mutex>
#include <regex>
#include <sstream>
#include <thread>

#include "tests/server/bodies.h"
#include "tests/server/certificates.h"
#include "tests/server/database.h"
#include "tests/server/program.h"
#include "tests/server/socket.h"
#include "tests/server/temporary_file.h"
#include "tests/server/token.h"

// Two instances behind the nginx of deploy/nginx, over one PostgreSQL: one is killed under load, started again, and
// both are replaced in turn, as an upgrade does it.

namespace {

using namespace std::chrono_literals;
using test::Program;

constexpr int callers = 4;

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

/// nginx with the files of deploy/nginx. Beside its TLS port it listens on a plain one with the same rules, which is
/// what our small client speaks.
class Proxy {
 public:
  explicit Proxy(const std::array<int, 2>& instances) {
    const std::string folder = SIR_SOURCE_DIR "/deploy/nginx/";
    auto upstream = test::read_file(folder + "instances.conf");
    for (std::size_t i = 0; i < instances.size(); ++i)
      upstream =
          replaced(upstream, "sir-cds-" + std::to_string(i + 1) + ":8080", "127.0.0.1:" + std::to_string(instances[i]));
    auto main = test::read_file(folder + "nginx.conf");
    main = replaced(main, "/tmp/", folder_ / "");
    main = replaced(main, "/etc/nginx/tls/tls.", test::certificates() / "server.");
    main = replaced(main, "/dev/stderr", folder_ / "error.log");  // a pipe that it kept open would never end
    main = replaced(main, "listen 8443 ssl;", "listen 127.0.0.1:" + std::to_string(tls_port_) + " ssl;");
    main = replaced(
        main, "  server {",
        "  server {\n    listen 127.0.0.1:" + std::to_string(port_) + ";\n    include calls.conf;\n  }\n  server {");
    main = replaced(main, "worker_processes auto;", "worker_processes 1;\nuser root;");
    folder_.write("instances.conf", upstream);
    folder_.write("calls.conf", test::read_file(folder + "calls.conf"));
    folder_.write("nginx.conf", main);
    if (const auto said = nginx(""); said.status != 0) throw std::runtime_error("nginx: " + said.text);
  }
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;
  ~Proxy() { (void)nginx("-s stop"); }

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] int tls_port() const { return tls_port_; }

 private:
  [[nodiscard]] test::Said nginx(const std::string& more) const {
    return test::shell("timeout 30 /usr/sbin/nginx -p " + (folder_ / "") + " -c nginx.conf -e error.log " + more);
  }
  test::Folder folder_;
  int port_ = test::free_port();
  int tls_port_ = test::free_port();
};

/// A token that was used, and for what.
struct Used {
  std::string authorization;
  std::string body;
};

/// What the callers saw.
class Seen {
 public:
  void call(int status, Used used) {
    const std::lock_guard lock(mutex_);
    ++calls_[status];
    if (status == 200) used_.push_back(std::move(used));
  }
  void feedback(int status, const std::string& card) {
    const std::lock_guard lock(mutex_);
    if (status == 200) acknowledged_.insert(card);
  }
  [[nodiscard]] std::map<int, int> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  [[nodiscard]] int failures() const {
    int failed = 0;
    for (const auto& [status, count] : calls()) failed += status == 200 ? 0 : count;
    return failed;
  }
  [[nodiscard]] const std::vector<Used>& used() const { return used_; }
  [[nodiscard]] const std::set<std::string>& acknowledged() const { return acknowledged_; }

 private:
  mutable std::mutex mutex_;
  std::map<int, int> calls_;
  std::vector<Used> used_;
  std::set<std::string> acknowledged_;
};

class ScaleOut : public ::testing::Test {
 protected:
  static constexpr const char* base_url = "https://cds.example.org";

  void SetUp() override {
    if (!test::can_run(test::Kind::postgresql)) GTEST_SKIP() << "there is no PostgreSQL here";
    database_ = std::make_unique<test::Database>(test::Kind::postgresql);
    for (std::size_t i = 0; i < instances_.size(); ++i) start(i);
    proxy_ = std::make_unique<Proxy>(ports_);
  }

  void start(std::size_t which) {
    auto settings = database_->settings();
    for (const std::string more :
         {"SIR_CDS_SERVER_PROFILE=production", "SIR_CDS_SERVER_TLS_PROXY=true", "SIR_CDS_KNOWLEDGE_ALLOW_DRAFT=true"})
      settings.push_back(more);
    settings.push_back("SIR_CDS_SERVER_PUBLIC_BASE_URL=" + std::string(base_url));
    settings.push_back(R"(SIR_CDS_TRUST_ISSUER={iss = "https://ehr.example/fhir", jwks_file = ")" + keys_.path() +
                       "\"}");
    instances_[which] = std::make_unique<Program>(
        settings, std::vector<std::string>{"--listen", "127.0.0.1:" + std::to_string(ports_[which])});
  }

  std::string authorization(const std::string& path) const {
    test::Claims claims = test::Claims::today();
    claims.aud = '"' + (base_url + path) + '"';
    return "Authorization: " + test::bearer(claims.signed_by(key_));
  }
  static test::Answer post(int port, const std::string& path, const std::string& authorization,
                           const std::string& body) {
    return test::post(port, path, body, {"Content-Type: application/json", authorization});
  }
  std::string answer_to(const std::string& card, const std::string& how) const {
    return R"({"feedback":[{"card":")" + card + R"(",)" + how + R"("outcomeTimestamp":"2026-06-15T10:00:00Z"}]})";
  }

  /// One caller: a patient's chart is opened, and the card is answered.
  void open_charts(int caller, Seen& seen) {
    const std::string address(test::service);
    for (int i = 0; !enough_; ++i) {
      const auto patient = "p" + std::to_string(caller) + "-" + std::to_string(i);
      Used used{authorization(address), test::referral_call("412", patient).text()};
      const auto answer = post(proxy_->port(), address, used.authorization, used.body);
      const auto card = test::first_card_uuid(answer.body);
      seen.call(answer.status == 200 && card.empty() ? -1 : answer.status, std::move(used));
      if (card.empty()) continue;
      const auto kept = post(proxy_->port(), address + "/feedback", authorization(address + "/feedback"),
                             answer_to(card, R"("outcome":"overridden",)"));
      seen.feedback(kept.status, card);
      std::this_thread::sleep_for(5ms);
    }
  }

  /// Waits until so many more calls were answered.
  void let_pass(const Seen& seen, int more) const {
    const auto count = [&] {
      int all = 0;
      for (const auto& [status, number] : seen.calls()) all += number;
      return all;
    };
    for (const int until = count() + more; count() < until;) std::this_thread::sleep_for(10ms);
  }
  double served_by(std::size_t which) const {
    const auto page = test::ask(ports_[which], "GET", "/metrics").body;
    std::smatch found;
    const std::regex line(R"(sir_cds_requests_total\{route="/cds-services/\{id\}",status="200"\} ([0-9.e+]+))");
    return std::regex_search(page, found, line) ? std::stod(found[1]) : 0;
  }

  test::SigningKey key_{"P-384"};
  test::TemporaryFile keys_{key_.jwks()};
  std::array<int, 2> ports_{test::free_port(), test::free_port()};
  std::unique_ptr<test::Database> database_;
  std::array<std::unique_ptr<Program>, 2> instances_;
  std::unique_ptr<Proxy> proxy_;
  std::atomic<bool> enough_ = false;
};

TEST_F(ScaleOut, OneInstanceIsKilledAndBothAreReplacedAndNothingIsLost) {
  Seen seen;
  std::vector<std::thread> threads;
  for (int i = 0; i < callers; ++i) threads.emplace_back([&, i] { open_charts(i, seen); });
  let_pass(seen, 200);
  EXPECT_EQ(seen.failures(), 0);

  instances_[0]->signal(SIGKILL);
  EXPECT_EQ(instances_[0]->wait(30s), 128 + SIGKILL);
  let_pass(seen, 200);
  const int lost_with_the_killed = seen.failures();
  EXPECT_LE(lost_with_the_killed, callers) << "more than what was in flight at the instance that was killed";

  start(0);
  std::this_thread::sleep_for(2500ms);  // fail_timeout of nginx
  let_pass(seen, 200);
  EXPECT_GT(served_by(0), 0) << "the instance that was started again gets no calls";

  for (std::size_t i = 0; i < instances_.size(); ++i) {
    EXPECT_EQ(instances_[i]->stop(), 0);
    let_pass(seen, 50);
    start(i);
    std::this_thread::sleep_for(2500ms);
    let_pass(seen, 50);
  }
  EXPECT_EQ(seen.failures(), lost_with_the_killed) << "replacing instances cost calls";

  enough_ = true;
  for (auto& thread : threads) thread.join();
  for (const auto& [status, count] : seen.calls()) RecordProperty("answers_" + std::to_string(status), count);

  int believed_again = 0;
  for (std::size_t i = 0; i < seen.used().size(); ++i) {
    const auto& [token, body] = seen.used()[i];
    believed_again += post(ports_[i % 2], std::string(test::service), token, body).status != 401;
  }
  EXPECT_EQ(believed_again, 0) << "tokens that were used counted again";

  std::istringstream rows(database_->query("SELECT card FROM feedback"));
  auto lost = seen.acknowledged();
  EXPECT_GT(lost.size(), 500U);
  for (std::string card; std::getline(rows, card);) lost.erase(card);
  EXPECT_EQ(lost.size(), 0U) << "feedback was acknowledged and is not in the database";
}

// deploy/install.md: what is copied into /etc/nginx/conf.d.
TEST(DebiansNginx, UnderstandsTheFilesThatAreInstalled) {
  if (!std::filesystem::exists("/usr/sbin/nginx")) GTEST_SKIP() << "there is no nginx here";
  const std::string source = SIR_SOURCE_DIR "/deploy/nginx/";
  const test::Folder folder;
  auto site = test::read_file(source + "sir-cds.conf");
  site = replaced(site, "/etc/sir-cds/tls.", test::certificates() / "server.");
  site = replaced(site, "/usr/share/doc/sir-cds/nginx/", source);
  site = replaced(site, "listen 443 ssl", "listen 127.0.0.1:" + std::to_string(test::free_port()) + " ssl");
  folder.write("sir-cds.conf", site);
  folder.write("instances.conf",
               replaced(replaced(test::read_file(source + "instances.conf"), "sir-cds-1", "127.0.0.1"), "sir-cds-2",
                        "127.0.0.2"));
  folder.write("nginx.conf",
               "pid nginx.pid;\nevents {}\nhttp {\n  include sir-cds.conf;\n  include instances.conf;\n}\n");
  const auto said = test::shell("/usr/sbin/nginx -t -p " + (folder / "") + " -c nginx.conf -e error.log");
  EXPECT_EQ(said.status, 0) << said.text;
}

TEST_F(ScaleOut, AnAnswerAtOneInstanceSilencesTheCardAtTheOther) {
  const std::string address(test::service);
  const auto call = [&](std::size_t which) {
    return test::first_card_uuid(
        post(ports_[which], address, authorization(address), test::referral_call("412", "p").text()).body);
  };
  ASSERT_NE(call(1), "");
  const auto card = call(0);
  const auto kept = post(ports_[0], address + "/feedback", authorization(address + "/feedback"),
                         answer_to(card, R"("outcome":"overridden","overrideReason":{"reason":{"code":"already-known",)"
                                         R"("system":"urn:sir-cds:override-reason"}},)"));
  ASSERT_EQ(kept.status, 200) << kept.body;
  EXPECT_EQ(call(0), "");
  for (int i = 0; i < 150 && !call(1).empty(); ++i) std::this_thread::sleep_for(100ms);
  EXPECT_EQ(call(1), "");
}

TEST_F(ScaleOut, TheProxySpeaksTlsAndKeepsTheNumbersInside) {
  const auto said = [&](const std::string& path) {
    return test::shell("curl -sS -o /dev/null -w '%{http_code}' --cacert " + (test::certificates() / "ca.pem") +
                       " https://localhost:" + std::to_string(proxy_->tls_port()) + path)
        .text;
  };
  EXPECT_EQ(said("/cds-services"), "200");
  EXPECT_EQ(said("/metrics"), "404");
}

}  // namespace
