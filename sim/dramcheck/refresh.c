/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refresh debt.  The k-th REFab of a pseudo channel, or the k-th round of REFpb of one of its
 * stack IDs, is due at k intervals from time 0; it may be so many intervals late (postponed)
 * and early (pulled in).  Between two REFab there are never more than that and one.  A
 * round refreshes every set of banks once; a REFab ends it and counts as one.
 */
#include "dramcheck/state.h"

static int64_t interval_of_rounds(const struct check_limits *l)
{
	return l->clocks[P_REFIpb] * (int64_t)(l->org.ticks_per_clock * l->org.stack_ids) *
	       l->sheet->sets;
}

static int64_t interval_of_all(const struct check_limits *l)
{
	return l->clocks[P_REFI] * (int64_t)l->org.ticks_per_clock;
}

static void set_due(const struct dramcheck *d, struct pseudo *p)
{
	p->due = INT64_MAX;
	for (unsigned s = 0; s < d->n_sids; s++)
		if (p->refresh[s].due < p->due)
			p->due = p->refresh[s].due;
}

void check_refresh_init(struct dramcheck *d, struct pseudo *p)
{
	for (unsigned s = 0; s < d->n_sids; s++)
		p->refresh[s] = (struct refresh){
			.due = (d->limits.sheet->postponed + 1) * interval_of_all(&d->limits)
		};
	set_due(d, p);
}

/* What is overdue is said once, until the next refresh. */
void check_refresh_due(const struct judged *x)
{
	struct dramcheck *d = x->d;
	bool is_told = false;

	for (unsigned s = 0; s < d->n_sids; s++) {
		struct refresh *r = &x->p->refresh[s];

		if (x->at <= r->due)
			continue;
		if (!is_told)
			check_violation(x, RULE_POSTPONED,
					"%s clocks after the latest time for refresh %" PRId64
					" (expected at most %u postponed)",
					check_clocks(d, x->at - r->due).text, r->rounds + 1,
					d->limits.sheet->postponed);
		is_told = true;
		r->due = INT64_MAX;
	}
	set_due(d, x->p);
}

static void expect_not_early(const struct judged *x, const struct refresh *r, int64_t interval,
			     unsigned most)
{
	int64_t ahead = r->rounds - x->at / interval;

	if (ahead > most)
		check_violation(x, RULE_PULLED_IN,
				"when %" PRId64 " more are done than are due (expected at most %u)",
				ahead, most);
}

void check_refresh_all(const struct judged *x)
{
	const struct check_sheet *s = x->d->limits.sheet;
	int64_t interval = interval_of_all(&x->d->limits);

	for (unsigned i = 0; i < x->d->n_sids; i++) {
		struct refresh *r = &x->p->refresh[i];
		int64_t due;

		r->rounds++;
		r->done = 0;
		if (i == 0)
			expect_not_early(x, r, interval, s->postponed);
		due = (r->rounds + s->postponed + 1) * interval;
		r->due = x->at + (s->postponed + 1) * interval;
		if (due < r->due)
			r->due = due;
	}
	set_due(x->d, x->p);
}

void check_refresh_one(const struct judged *x)
{
	const struct check_sheet *s = x->d->limits.sheet;
	int64_t interval = interval_of_rounds(&x->d->limits);
	struct refresh *r = &x->p->refresh[x->c->stack_id];
	unsigned set = x->c->bank;

	if (s->reach != REACH_SAME_BANK)
		set += x->c->bank_group * s->banks;
	if (r->done & UINT64_C(1) << set)
		check_violation(x, RULE_ROUND, "twice in round %" PRId64, r->rounds + 1);
	r->done |= UINT64_C(1) << set;
	if (r->done + 1 == UINT64_C(1) << s->sets) {
		r->rounds++;
		r->done = 0;
		expect_not_early(x, r, interval, s->postponed_pb);
		r->due = (r->rounds + s->postponed_pb + 1) * interval;
		set_due(x->d, x->p);
	}
}
