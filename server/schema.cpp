#include "server/schema.h"

namespace server {

const std::vector<Migration>& migrations() {
  static const std::vector<Migration> all{
      {1,
       {
           // A card that was given. `patient` and `bases` are keyed digests.
           "CREATE TABLE card (uuid TEXT PRIMARY KEY, criterion TEXT NOT NULL, edition INTEGER NOT NULL, "
           "topic TEXT NOT NULL, service TEXT NOT NULL, knowledge TEXT NOT NULL, patient TEXT NOT NULL, "
           "bases TEXT NOT NULL, shown_on TEXT NOT NULL, shown_at BIGINT NOT NULL)",
           "CREATE INDEX card_shown_at ON card (shown_at)",
           // One row per item of feedback. What is known of its card is copied into it, so that the row outlives the
           // card; it stays null for a card that nobody here has given.
           "CREATE TABLE feedback (id {id}, card TEXT NOT NULL, outcome TEXT NOT NULL, reason_system TEXT NOT NULL, "
           "reason TEXT NOT NULL, accepted_suggestions TEXT NOT NULL, user_comment TEXT NOT NULL, "
           "outcome_timestamp TEXT NOT NULL, service TEXT NOT NULL, received_on TEXT NOT NULL, "
           "received_at BIGINT NOT NULL, criterion TEXT, edition INTEGER, knowledge TEXT, patient TEXT)",
           "CREATE INDEX feedback_card ON feedback (card)",
           "CREATE INDEX feedback_received_at ON feedback (received_at)",
           // Token ids that have been used.
           "CREATE TABLE seen_token (issuer TEXT NOT NULL, jti TEXT NOT NULL, expires BIGINT NOT NULL, "
           "PRIMARY KEY (issuer, jti))",
           "CREATE INDEX seen_token_expires ON seen_token (expires)",
       }},
  };
  return all;
}

}  // namespace server
