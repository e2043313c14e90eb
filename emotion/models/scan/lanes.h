/* The kernels for one kind of processor. Included with
 *
 *   LANES   floats in a vector
 *   ROWS    rows whose sums fit into the registers with three columns of weights; LSTM_ROWS with four
 *   HALF    1: products of bfloat16, summed in float32; 0: all in float32
 *   NAME    what makes names of this kind; TARGET what lets its functions use its instructions
 *
 * Weights are packed: for each block of LANES units, for each step of depth, for each column, LANES values (HALF: pairs).
 */

typedef float NAME(floats) __attribute__((vector_size(4 * LANES)));
typedef float NAME(anywhere) __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t NAME(ints) __attribute__((vector_size(4 * LANES)));
#define floats NAME(floats)
#define ints NAME(ints)
#define INLINE TARGET static inline __attribute__((always_inline))
#define EACH(index, count) _Pragma("GCC unroll 8") for (int index = 0; index < (count); index++)

INLINE floats NAME(load)(const float *from) { return *(const NAME(anywhere) *)from; }
INLINE void NAME(save)(float *to, floats values) { *(NAME(anywhere) *)to = values; }
INLINE floats NAME(fill)(float x) { return (floats){} + x; }
INLINE floats NAME(choose)(ints mask, floats yes, floats no) {
    return (floats)((mask & (ints)yes) | (~mask & (ints)no));
}
#define load NAME(load)
#define save NAME(save)
#define fill NAME(fill)
#define choose NAME(choose)

#if HALF
typedef uint16_t NAME(value);
#define value NAME(value)
#define DEPTH 2 /* values of a row that one step multiplies */
INLINE floats NAME(add_product)(floats sum, const value *weights, const value *row) {
    int32_t pair;
    memcpy(&pair, row, sizeof pair);
    return (floats)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_loadu_si512(weights), (__m512bh)_mm512_set1_epi32(pair));
}
INLINE void NAME(round_to)(value *to, floats values) {
    _mm256_storeu_si256((__m256i *)to, (__m256i)_mm512_cvtneps_pbh((__m512)values));
}
#else
typedef float NAME(value);
#define value NAME(value)
#define DEPTH 1
INLINE floats NAME(add_product)(floats sum, const value *weights, const value *row) { return sum + load(weights) * *row; }
INLINE void NAME(round_to)(value *to, floats values) { save(to, values); }
#endif

/* 2^x, its relative error at most 1e-7; beyond +-64, where 1 + 2^-x is 1, that of the bound.
 * A NaN as processors make it, with nothing in its lowest nine bits, stays one. */
INLINE floats NAME(power)(floats x) {
    const floats most = fill(64.0f), shift = fill(12582912.0f); /* 1.5 * 2^23: a sum with it is a whole number */
    x = choose(x < -most, -most, x);
    x = choose(x > most, most, x);
    const floats whole = x + shift, part = x - (whole - shift);
    floats sum = fill(1.535336189e-4f); /* the polynomial of least error that is 1 at 0, by Lawson's weights */
    sum = sum * part + 1.339887442e-3f;
    sum = sum * part + 9.618437358e-3f;
    sum = sum * part + 5.550332471e-2f;
    sum = sum * part + 2.402264791e-1f;
    sum = sum * part + 6.931472029e-1f;
    sum = sum * part + 1.0f;
    return (floats)((ints)sum + ((ints)whole << 23));
}
INLINE floats NAME(gate)(floats x) { return 1.0f / (1.0f + NAME(power)(x)); }
#define gate NAME(gate)

/* sums[row][column] = products of `depth` values of each row with one block of packed weights. */
INLINE void NAME(products)(
    floats sums[][4], const value *const *rows, const value *weights, int64_t depth, const int count, const int columns) {
    EACH(row, count) EACH(column, columns) sums[row][column] = fill(0);
    for (int64_t at = 0; at < depth; at += DEPTH, weights += columns * DEPTH * LANES)
        EACH(row, count) EACH(column, columns)
            sums[row][column] = NAME(add_product)(sums[row][column], weights + column * DEPTH * LANES, rows[row] + at);
}

/* The next h of some units of a GRU, whose memory holds (h + 1) / 2. */
INLINE floats NAME(gru_cell)(const struct scan *s, const floats *sums, const float *input, int64_t unit, float *memory) {
    const int64_t hidden = s->hidden;
    const floats reset = gate(load(input + unit) + sums[0]);
    const floats keep = gate(load(input + hidden + unit) + sums[1]);
    const floats fresh = gate(load(input + 2 * hidden + unit) + reset * (sums[2] + load(s->bias + unit)));
    const floats state = fresh + keep * (load(memory) - fresh);
    save(memory, state);
    return 2.0f * state - 1.0f;
}

/* The next h of some units of an LSTM, whose memory holds 2c. */
INLINE floats NAME(lstm_cell)(const struct scan *s, const floats *sums, const float *input, int64_t unit, float *memory) {
    const int64_t hidden = s->hidden;
    const floats take = gate(load(input + unit) + sums[0]);
    const floats forget = gate(load(input + hidden + unit) + sums[1]);
    const floats fresh = gate(load(input + 2 * hidden + unit) + sums[2]);
    const floats give = gate(load(input + 3 * hidden + unit) + sums[3]);
    const floats cell = forget * load(memory) + 4.0f * take * (fresh - 0.5f);
    save(memory, cell);
    return give * (2.0f * gate(cell * GATE) - 1.0f);
}

/* One direction of one layer over some texts, `count` of them together: a GRU with three columns, an LSTM with four. */
INLINE void NAME(scan)(const struct scan *s, const int count, const int columns) {
    const int64_t hidden = s->hidden;
    const float start = columns == 3 ? 0.5f : 0.0f;
    const value *weights = s->weights;
    value *old = s->scratch, *new = old + count * hidden;
    float *memory = (float *)(new + count * hidden);
    for (int64_t first = s->first; first < s->end; first += count) {
        const int64_t texts = s->end - first < count ? s->end - first : count;
        for (int64_t at = 0; at < count * hidden; at += LANES) {
            save(memory + at, fill(start));
            NAME(round_to)(old + at, fill(0));
        }
        for (int64_t step = 0; step < s->steps; step++) {
            const int64_t time = s->backward ? s->steps - 1 - step : step;
            const float *inputs[ROWS];
            const value *rows[ROWS];
            EACH(row, count) {
                const int64_t text = first + (row < texts ? row : 0);
                inputs[row] = s->gates + s->picks[text * s->steps + time] * s->gates_stride;
                rows[row] = old + row * hidden;
            }
            for (int64_t unit = 0; unit < hidden; unit += LANES) {
                floats sums[ROWS][4];
                NAME(products)(sums, rows, weights + unit * columns * hidden, hidden, count, columns);
                EACH(row, count) {
                    float *kept = memory + row * hidden + unit;
                    const floats state = columns == 3 ? NAME(gru_cell)(s, sums[row], inputs[row], unit, kept)
                                                      : NAME(lstm_cell)(s, sums[row], inputs[row], unit, kept);
                    NAME(round_to)(new + row * hidden + unit, state);
                    if (row < texts)
                        save(s->states + ((first + row) * s->steps + time) * s->states_stride + unit, state);
                }
            }
            value *swapped = old;
            old = new;
            new = swapped;
        }
    }
}

TARGET static void NAME(gru)(const struct scan *s) { NAME(scan)(s, ROWS, 3); }
TARGET static void NAME(lstm)(const struct scan *s) { NAME(scan)(s, LSTM_ROWS, 4); }

/* Scores of the words of some texts, before the softmax: (texts, hops, padded steps). See `struct attention`. */
INLINE void NAME(score)(const struct attention *a) {
    const int64_t width = a->width, dim = a->dim, end = a->end * a->steps;
    const value *weights = a->weights;
    value *rounded = a->scratch;
    float *hidden = (float *)(rounded + ROWS * width);
    for (int64_t first = a->first * a->steps; first < end; first += ROWS) {
        const int64_t words = end - first < ROWS ? end - first : ROWS;
        const value *rows[ROWS];
        EACH(row, ROWS) {
            const float *states = a->states + (first + (row < words ? row : 0)) * width;
#if HALF
            for (int64_t at = 0; at < width; at += LANES) NAME(round_to)(rounded + row * width + at, load(states + at));
            rows[row] = rounded + row * width;
#else
            rows[row] = states;
#endif
        }
        for (int64_t unit = 0; unit < dim; unit += 2 * LANES) {
            floats sums[ROWS][4];
            NAME(products)(sums, rows, weights + unit * width, width, ROWS, 2);
            EACH(row, ROWS) {
                save(hidden + row * dim + unit, gate(sums[row][0]));
                save(hidden + row * dim + unit + LANES, gate(sums[row][1]));
            }
        }
        for (int64_t row = 0; row < words; row++) {
            const int64_t text = (first + row) / a->steps, time = (first + row) % a->steps;
            for (int64_t hop = 0; hop < a->hops; hop++) {
                floats sum = fill(0);
                for (int64_t unit = 0; unit < dim; unit += LANES)
                    sum += load(hidden + row * dim + unit) * load(a->hop_weights + hop * dim + unit);
                float total = 0;
                for (int lane = 0; lane < LANES; lane++) total += sum[lane];
                a->attention[(text * a->hops + hop) * a->padded + time] = total;
            }
        }
    }
}

/* What a text says: its hops' softmax over its words, and its states in these proportions. */
INLINE void NAME(weigh)(const struct attention *a, int64_t text) {
    const int64_t width = a->width, length = a->lengths[text];
    const float *states = a->states + text * a->steps * width;
    for (int64_t hop = 0; hop < a->hops; hop++) {
        float *weights = a->attention + (text * a->hops + hop) * a->padded;
        float most = weights[0], sum = 0;
        for (int64_t time = 1; time < length; time++) most = weights[time] > most ? weights[time] : most;
        for (int64_t time = 0; time < length; time += LANES) save(weights + time, NAME(power)(load(weights + time) - most));
        for (int64_t time = 0; time < length; time++) sum += weights[time];
        const float share = 1.0f / sum;
        for (int64_t time = 0; time < a->padded; time++) weights[time] = time < length ? weights[time] * share : 0.0f;
        float *pooled = a->pooled + text * a->pooled_stride + hop * width;
        int64_t unit = 0;
        for (; unit + 4 * LANES <= width; unit += 4 * LANES) {
            floats sums[4] = {};
            for (int64_t time = 0; time < length; time++)
                EACH(part, 4) sums[part] += weights[time] * load(states + time * width + unit + part * LANES);
            EACH(part, 4) save(pooled + unit + part * LANES, sums[part]);
        }
        for (; unit < width; unit += LANES) {
            floats total = fill(0);
            for (int64_t time = 0; time < length; time++) total += weights[time] * load(states + time * width + unit);
            save(pooled + unit, total);
        }
    }
}

TARGET static void NAME(attend)(const struct attention *a) {
    NAME(score)(a);
    for (int64_t text = a->first; text < a->end; text++) NAME(weigh)(a, text);
}

/* The largest of each unit over the words of each text; NaN where one is, as torch has it. */
TARGET static void NAME(highest)(const struct maximum *m) {
    for (int64_t text = m->first; text < m->end; text++)
        for (int64_t unit = 0; unit < m->width; unit += LANES) {
            const float *states = m->states + text * m->steps * m->width + unit;
            floats most = load(states);
            for (int64_t time = 1; time < m->lengths[text]; time++) {
                const floats now = load(states + time * m->width);
                most = choose((most >= now) | (most != most), most, now);
            }
            save(m->pooled + text * m->pooled_stride + unit, most);
        }
}

#undef floats
#undef ints
#undef INLINE
#undef EACH
#undef load
#undef save
#undef fill
#undef choose
#undef value
#undef DEPTH
#undef gate
#undef LANES
#undef ROWS
#undef LSTM_ROWS
#undef HALF
#undef NAME
#undef TARGET
