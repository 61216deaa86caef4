#pragma once

#include "cards/chart.h"
#include "cards/fact.h"

// What somebody is about to order, as facts. Only these look at drafts: for every other fact a draft is neither a
// medicine in use nor a test that was made.

namespace cards {

/// A medicine of the sets is among the orders that are asked about. With the option "route" oral only when the order
/// says that it goes by mouth, or says nothing and belongs to the sets in the role "oral_unless_said".
[[nodiscard]] Sighting ordered_medicine(const Chart& chart, const Fact& fact);

/// A test with a code of the sets, or with exactly one of the names, is among the orders: those that are asked about,
/// or all that were sent ("among").
[[nodiscard]] Sighting ordered_test(const Chart& chart, const Fact& fact);

/// The same of a test for which nothing in the order says that it is to be taken fasting.
[[nodiscard]] Sighting ordered_test_not_fasting(const Chart& chart, const Fact& fact);

/// Units a day of the insulin orders that are asked about, from these orders alone up to these and the standing orders
/// for other products: whether an order replaces or adds is known only for the same product and for a prior
/// prescription that it names.
[[nodiscard]] Sighting ordered_insulin_dose(const Chart& chart, const Fact& fact);

/// The definition in the role "asked" holds, asked for today and not for the day of the insulin sample.
[[nodiscard]] Sighting holds_today(const Chart& chart, const Fact& fact);

/// Today, for facts that ask what was so on a day.
[[nodiscard]] Sighting this_day(const Chart& chart, const Fact& fact);

}  // namespace cards
