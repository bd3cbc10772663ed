// Elementwise and row kernels. Sums run over 16 fixed lanes, zero-filled at the end of a row.

#define CK_EACH(n, BODY_FULL, BODY_PART)             \
    do {                                             \
        int64_t i = 0;                               \
        for (; i + 16 <= (n); i += 16) { BODY_FULL } \
        if (i < (n)) {                               \
            int64_t rest = (n) - i;                  \
            BODY_PART                                \
        }                                            \
    } while (0)

void CK_NAME(ck_rms_norm)(int64_t T, int64_t D, const float *x, const float *w, float epsilon, float *y, float *scale) {
    for (int64_t t = 0; t < T; t++, x += D, y += D) {
        v16 s = ck_splat(0.0f);
        CK_EACH(D, v16 a = CK_LOAD(x + i); s = CK_FMA(a, a, s);, v16 a = ck_load_part(x + i, rest, 0.0f); s = CK_FMA(a, a, s););
        float r = 1.0f / __builtin_sqrtf(ck_sum16(s) / (float)D + epsilon);
        scale[t] = r;
        v16 rv = ck_splat(r);
        CK_EACH(D, CK_STORE(y + i, CK_LOAD(x + i) * rv * CK_LOAD(w + i));
                , ck_store_part(y + i, ck_load_part(x + i, rest, 0.0f) * rv * ck_load_part(w + i, rest, 0.0f), rest););
    }
}

void CK_NAME(ck_rms_norm_backward)(int64_t T, int64_t D, const float *x, const float *w, const float *scale, const float *dy, float *dx,
                                    float *dw) {
    for (int64_t t = 0; t < T; t++, x += D, dy += D, dx += D) {
        float r = scale[t];
        v16 s = ck_splat(0.0f), rv = ck_splat(r);
        CK_EACH(D, s = CK_FMA(CK_LOAD(dy + i) * CK_LOAD(w + i), CK_LOAD(x + i), s);
                , s = CK_FMA(ck_load_part(dy + i, rest, 0.0f) * ck_load_part(w + i, rest, 0.0f), ck_load_part(x + i, rest, 0.0f), s););
        v16 c = ck_splat(-ck_sum16(s) * r * r * r / (float)D);
        CK_EACH(D, v16 xv = CK_LOAD(x + i); v16 g = CK_LOAD(dy + i);
                CK_STORE(dw + i, CK_FMA(g * xv, rv, CK_LOAD(dw + i)));
                CK_STORE(dx + i, CK_LOAD(dx + i) + CK_FMA(xv, c, g * CK_LOAD(w + i) * rv));
                , v16 xv = ck_load_part(x + i, rest, 0.0f); v16 g = ck_load_part(dy + i, rest, 0.0f);
                ck_store_part(dw + i, CK_FMA(g * xv, rv, ck_load_part(dw + i, rest, 0.0f)), rest);
                ck_store_part(dx + i, ck_load_part(dx + i, rest, 0.0f) + CK_FMA(xv, c, g * ck_load_part(w + i, rest, 0.0f) * rv), rest););
    }
}

void CK_NAME(ck_add_bias)(int64_t T, int64_t D, float *x, int64_t ldx, const float *bias) {
    for (int64_t t = 0; t < T; t++, x += ldx)
        CK_EACH(D, CK_STORE(x + i, CK_LOAD(x + i) + CK_LOAD(bias + i));
                , ck_store_part(x + i, ck_load_part(x + i, rest, 0.0f) + ck_load_part(bias + i, rest, 0.0f), rest););
}

void CK_NAME(ck_add)(int64_t n, const float *x, float *y) {
    CK_EACH(n, CK_STORE(y + i, CK_LOAD(y + i) + CK_LOAD(x + i));
            , ck_store_part(y + i, ck_load_part(y + i, rest, 0.0f) + ck_load_part(x + i, rest, 0.0f), rest););
}

void CK_NAME(ck_column_sum)(int64_t T, int64_t D, const float *x, int64_t ldx, float *sum) {
    for (int64_t t = 0; t < T; t++, x += ldx) CK_NAME(ck_add)(D, x, sum);
}

void CK_NAME(ck_axpy)(int64_t n, float a, const float *x, float *y) {
    v16 av = ck_splat(a);
    CK_EACH(n, CK_STORE(y + i, CK_FMA(av, CK_LOAD(x + i), CK_LOAD(y + i)));
            , ck_store_part(y + i, CK_FMA(av, ck_load_part(x + i, rest, 0.0f), ck_load_part(y + i, rest, 0.0f)), rest););
}

void CK_NAME(ck_widen)(int64_t n, const uint16_t *x, float *y) {
    int64_t i = 0;
    for (; i + 16 <= n; i += 16) CK_STORE(y + i, ck_widen16(x + i));
    for (; i < n; i++) y[i] = ck_widen1(x[i]);
}

void CK_NAME(ck_narrow)(int64_t n, const float *x, uint16_t *y) {
    for (int64_t i = 0; i < n; i++) y[i] = ck_narrow1(x[i]);
}

CK_INLINE v16 ck_sigmoid(v16 x) { return ck_splat(1.0f) / (ck_splat(1.0f) + ck_exp16(-x)); }

void CK_NAME(ck_swiglu)(int64_t n, const float *gate, const float *up, float *y) {
    CK_EACH(n, v16 g = CK_LOAD(gate + i); CK_STORE(y + i, g * ck_sigmoid(g) * CK_LOAD(up + i));
            , v16 g = ck_load_part(gate + i, rest, 0.0f);
            ck_store_part(y + i, g * ck_sigmoid(g) * ck_load_part(up + i, rest, 0.0f), rest););
}

CK_INLINE void ck_swiglu_gradients(v16 g, v16 u, v16 d, v16 *dg, v16 *du) {
    v16 s = ck_sigmoid(g);
    *du = d * g * s;
    *dg = d * u * s * CK_FMA(g, ck_splat(1.0f) - s, ck_splat(1.0f));
}

void CK_NAME(ck_swiglu_backward)(int64_t n, const float *gate, const float *up, const float *dy, float *dgate, float *dup) {
    v16 dg, du;
    CK_EACH(n, ck_swiglu_gradients(CK_LOAD(gate + i), CK_LOAD(up + i), CK_LOAD(dy + i), &dg, &du); CK_STORE(dgate + i, dg);
            CK_STORE(dup + i, du);
            , ck_swiglu_gradients(ck_load_part(gate + i, rest, 0.0f), ck_load_part(up + i, rest, 0.0f), ck_load_part(dy + i, rest, 0.0f),
                                  &dg, &du);
            ck_store_part(dgate + i, dg, rest); ck_store_part(dup + i, du, rest););
}

void CK_NAME(ck_gelu)(int64_t n, const float *x, float *y) {
    for (int64_t i = 0; i < n; i++) y[i] = 0.5f * x[i] * (1.0f + erff(x[i] * 0.70710678118654752f));
}

void CK_NAME(ck_gelu_backward)(int64_t n, const float *x, const float *dy, float *dx) {
    for (int64_t i = 0; i < n; i++) {
        float cdf = 0.5f * (1.0f + erff(x[i] * 0.70710678118654752f));
        float pdf = 0.39894228040143268f * expf(-0.5f * x[i] * x[i]);
        dx[i] = dy[i] * __builtin_fmaf(x[i], pdf, cdf);
    }
}

void CK_NAME(ck_rotate)(int64_t T, int64_t heads, int64_t H, float *x, int64_t ldx, const float *cosine, const float *sine,
                         float direction) {
    for (int64_t t = 0; t < T; t++, x += ldx, cosine += H, sine += H)
        for (int64_t h = 0; h < heads; h++) {
            float *a = x + h * 2 * H, *b = a + H;
            v16 d = ck_splat(direction);
            CK_EACH(H, v16 c = CK_LOAD(cosine + i); v16 s = CK_LOAD(sine + i) * d; v16 p = CK_LOAD(a + i); v16 q = CK_LOAD(b + i);
                    CK_STORE(a + i, CK_FMA(p, c, -(q * s))); CK_STORE(b + i, CK_FMA(q, c, p * s));
                    , v16 c = ck_load_part(cosine + i, rest, 0.0f); v16 s = ck_load_part(sine + i, rest, 0.0f) * d;
                    v16 p = ck_load_part(a + i, rest, 0.0f); v16 q = ck_load_part(b + i, rest, 0.0f);
                    ck_store_part(a + i, CK_FMA(p, c, -(q * s)), rest); ck_store_part(b + i, CK_FMA(q, c, p * s), rest););
        }
}
