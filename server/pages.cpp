#include "server/pages.h"

#include "fhir/json.h"

namespace server {

namespace {

std::string escaped_html(std::string_view text) {
  std::string escaped;
  for (const char letter : text) {
    switch (letter) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += letter;
    }
  }
  return escaped;
}

}  // namespace

std::string home_page(const cards::Knowledge& knowledge, std::string_view base_url) {
  std::string page = R"(<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>sir-cds</title>
<style>
body { font: 1rem/1.5 sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem; }
pre { overflow-x: auto; background: #f2f2f2; padding: 1rem; }
strong { color: #a00; }
</style>
</head>
<body>
<h1>sir-cds</h1>
<p>This is a CDS Hooks service. It tells an electronic health record when a patient's record meets the published
referral criteria for severe insulin resistance, and shows the evidence.</p>
)";
  if (!knowledge.approved())
    page += "<p><strong>Draft.</strong> No clinician has approved this knowledge. It is not for clinical use.</p>\n";
  page += R"(<ul>
<li><a href="criteria">The criteria in force</a>, with their sources</li>
<li><a href="cds-services">The services</a>, as an EHR discovers them</li>
<li><a href="health/ready">The state of this server</a></li>
</ul>
<p>A CDS Hooks request in a file gets its cards with</p>
<pre>curl -sS -H 'Content-Type: application/json' --data-binary @request.json \
  )";
  const auto& services = knowledge.services();
  page += escaped_html(base_url) + "/cds-services/" + (services.empty() ? "{id}" : escaped_html(services.front().id));
  page +=
      "</pre>\n<p>and the same file at <code>" + escaped_html(base_url) + "/explain</code> shows every criterion with ";
  page += "its evidence.</p>\n<p>Clinical knowledge " + escaped_html(knowledge.version()) + ", ";
  return page + escaped_html(knowledge.digest()) + "</p>\n</body>\n</html>\n";
}

std::string ready_page(const cards::Knowledge& knowledge, std::string_view program_version) {
  fhir::JsonWriter writer;
  writer.begin_object().member("status", "ready").member("version", program_version);
  writer.name("knowledge").begin_object().member("version", knowledge.version()).member("digest", knowledge.digest());
  writer.name("approved").boolean(knowledge.approved()).end_object().end_object();
  return writer.take();
}

}  // namespace server
