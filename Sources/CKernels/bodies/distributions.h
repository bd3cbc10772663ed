// Softmax over attention scores and over the vocabulary. A lane holds the values whose index is its number modulo 16.

CK_INLINE float ck_row_max(const float *x, int64_t n, float start) {
    v16 m = ck_splat(start);
    int64_t i = 0;
    for (; i + 16 <= n; i += 16) {
        v16 a = CK_LOAD(x + i);
        m = ck_select(a > m, a, m);
    }
    float best = ck_max16(m);
    for (; i < n; i++) best = x[i] > best ? x[i] : best;
    return best;
}

/// x = exp((x - m) * scale) for count values, 0 up to padded; returns the sum.
CK_INLINE float ck_exponentials(float *x, int64_t count, int64_t padded, float m, float scale) {
    v16 s = ck_splat(0.0f), mv = ck_splat(m), sv = ck_splat(scale);
    int64_t i = 0;
    for (; i + 16 <= count; i += 16) {
        v16 e = ck_exp16((CK_LOAD(x + i) - mv) * sv);
        CK_STORE(x + i, e);
        s += e;
    }
    if (i < count) {
        int64_t rest = count - i;
        v16 e = ck_exp16((ck_load_part(x + i, rest, -INFINITY) - mv) * sv);
        ck_store_part(x + i, e, rest);
        s += e;
        i = count;
    }
    for (; i < padded; i++) x[i] = 0.0f;
    return ck_sum16(s);
}

void CK_NAME(ck_softmax_two)(float *prefix, int64_t prefix_count, int64_t prefix_padded, float *own, int64_t own_count,
                              int64_t own_padded, float scale) {
    float m = ck_row_max(own, own_count, ck_row_max(prefix, prefix_count, -INFINITY));
    float a = ck_exponentials(prefix, prefix_count, prefix_padded, m, scale);
    float b = ck_exponentials(own, own_count, own_padded, m, scale);
    v16 inverse = ck_splat(1.0f / (a + b));
    for (int64_t i = 0; i + 16 <= prefix_padded; i += 16) CK_STORE(prefix + i, CK_LOAD(prefix + i) * inverse);
    for (int64_t i = 0; i + 16 <= own_padded; i += 16) CK_STORE(own + i, CK_LOAD(own + i) * inverse);
}

CK_INLINE v16 ck_dot_lanes(const float *p, const float *d, int64_t padded, v16 s) {
    for (int64_t i = 0; i + 16 <= padded; i += 16) s = CK_FMA(CK_LOAD(p + i), CK_LOAD(d + i), s);
    return s;
}

CK_INLINE void ck_score_gradient(const float *p, float *d, int64_t padded, v16 mean, v16 scale) {
    for (int64_t i = 0; i + 16 <= padded; i += 16) CK_STORE(d + i, CK_LOAD(p + i) * (CK_LOAD(d + i) - mean) * scale);
}

void CK_NAME(ck_softmax_two_backward)(const float *prefix, float *dprefix, int64_t prefix_padded, const float *own, float *down,
                                       int64_t own_padded, float scale) {
    v16 s = ck_dot_lanes(prefix, dprefix, prefix_padded, ck_splat(0.0f));
    v16 mean = ck_splat(ck_sum16(ck_dot_lanes(own, down, own_padded, s)));
    ck_score_gradient(prefix, dprefix, prefix_padded, mean, ck_splat(scale));
    ck_score_gradient(own, down, own_padded, mean, ck_splat(scale));
}

/// Scaled distance to the largest logit, -100 (whose exponential is 0) where the logit is -inf.
CK_INLINE v16 ck_shifted(v16 x, v16 m, v16 scale) {
    v16 z = (x - m) * scale, floor = ck_splat(-100.0f);
    return ck_select(z > floor, z, floor);
}

float CK_NAME(ck_log_prob)(int64_t n, const float *logits, float inverse_temperature, int64_t target, float *entropy) {
    float m = ck_row_max(logits, n, -INFINITY);
    v16 mv = ck_splat(m), sv = ck_splat(inverse_temperature), sum = ck_splat(0.0f), weighted = ck_splat(0.0f);
    int64_t i = 0;
    for (; i < n; i += 16) {
        v16 x = i + 16 <= n ? CK_LOAD(logits + i) : ck_load_part(logits + i, n - i, -INFINITY);
        v16 z = ck_shifted(x, mv, sv);
        v16 e = ck_exp16(z);
        sum += e;
        weighted = CK_FMA(e, z, weighted);
    }
    float total = ck_sum16(sum), log_total = ck_log(total);
    *entropy = log_total - ck_sum16(weighted) / total;
    return (logits[target] - m) * inverse_temperature - log_total;
}

void CK_NAME(ck_log_prob_backward)(int64_t n, const float *logits, float inverse_temperature, int64_t target, float coefficient,
                                    float *dlogits) {
    float m = ck_row_max(logits, n, -INFINITY);
    v16 mv = ck_splat(m), sv = ck_splat(inverse_temperature), sum = ck_splat(0.0f);
    for (int64_t i = 0; i < n; i += 16) {
        v16 x = i + 16 <= n ? CK_LOAD(logits + i) : ck_load_part(logits + i, n - i, -INFINITY);
        v16 e = ck_exp16(ck_shifted(x, mv, sv));
        sum += e;
        if (i + 16 <= n)
            CK_STORE(dlogits + i, e);
        else
            ck_store_part(dlogits + i, e, n - i);
    }
    float c = coefficient * inverse_temperature;
    v16 factor = ck_splat(-c / ck_sum16(sum));
    for (int64_t i = 0; i < n; i += 16) {
        if (i + 16 <= n)
            CK_STORE(dlogits + i, CK_LOAD(dlogits + i) * factor);
        else
            ck_store_part(dlogits + i, ck_load_part(dlogits + i, n - i, 0.0f) * factor, n - i);
    }
    dlogits[target] += c;
}

int64_t CK_NAME(ck_sample)(int64_t n, const float *logits, float inverse_temperature, float uniform, float *scratch) {
    float m = ck_row_max(logits, n, -INFINITY);
    v16 mv = ck_splat(m), sv = ck_splat(inverse_temperature);
    for (int64_t i = 0; i < n; i += 16) {
        v16 x = i + 16 <= n ? CK_LOAD(logits + i) : ck_load_part(logits + i, n - i, -INFINITY);
        v16 e = ck_exp16(ck_shifted(x, mv, sv));
        if (i + 16 <= n)
            CK_STORE(scratch + i, e);
        else
            ck_store_part(scratch + i, e, n - i);
    }
    // Double sums in index order: exact enough that a token of probability 1e-9 is not lost in a vocabulary of 150,000.
    double total = 0;
    for (int64_t i = 0; i < n; i++) total += scratch[i];
    double threshold = (double)uniform * total, cumulative = 0;
    int64_t last = 0;
    for (int64_t i = 0; i < n; i++) {
        if (scratch[i] == 0.0f) continue;
        cumulative += scratch[i];
        last = i;
        if (cumulative > threshold) return i;
    }
    return last;
}

int64_t CK_NAME(ck_argmax)(int64_t n, const float *x) {
    int64_t best = 0;
    for (int64_t i = 1; i < n; i++)
        if (x[i] > x[best]) best = i;
    return best;
}
