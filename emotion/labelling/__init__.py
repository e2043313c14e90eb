"""The labelling job: plan, work, two layouts on Ray and one without, accounts."""
