// Sixteen fixed lanes: the vector type, loads of partial rows, reductions in a fixed tree, and elementary functions.
#define CK_INLINE static inline __attribute__((always_inline))

typedef float v16 __attribute__((vector_size(64), aligned(4)));
typedef int32_t i16 __attribute__((vector_size(64), aligned(4)));

#define CK_FMA(a, b, c) __builtin_elementwise_fma((a), (b), (c))
#define CK_LOAD(p) (*(const v16 *)(p))
#define CK_STORE(p, v) (*(v16 *)(p) = (v))

typedef uint32_t u16 __attribute__((vector_size(64), aligned(4)));
typedef uint16_t h16 __attribute__((vector_size(32), aligned(2)));

CK_INLINE v16 ck_splat(float x) { return (v16){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }

/// The first `count` < 16 values, `fill` in the other lanes.
CK_INLINE v16 ck_load_part(const float *p, int64_t count, float fill) {
    v16 v = ck_splat(fill);
    for (int64_t i = 0; i < count; i++) v[i] = p[i];
    return v;
}

CK_INLINE void ck_store_part(float *p, v16 v, int64_t count) {
    for (int64_t i = 0; i < count; i++) p[i] = v[i];
}

/// 16 bfloat16 values, which are the upper halves of float32 ones: exact.
CK_INLINE v16 ck_widen16(const uint16_t *p) { return (v16)(__builtin_convertvector(*(const h16 *)p, u16) << 16); }

CK_INLINE float ck_widen1(uint16_t x) {
    uint32_t bits = (uint32_t)x << 16;
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

/// The value closest to x, the even one of two equally close; a NaN stays one.
CK_INLINE uint16_t ck_narrow1(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    return (uint16_t)((bits & 0x7fffffffu) > 0x7f800000u ? (bits >> 16) | 0x40u : rounded);
}

/// Four rounds of interleaving rows i and i + 8 transpose 16 x 16 values in registers.
CK_INLINE void ck_transpose16(v16 r[16]) {
    v16 t[16];
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 8; i++) {
            t[2 * i] = __builtin_shufflevector(r[i], r[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            t[2 * i + 1] = __builtin_shufflevector(r[i], r[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        }
        for (int i = 0; i < 16; i++) r[i] = t[i];
    }
}

CK_INLINE float ck_sum16(v16 v) {
    float a[16];
    memcpy(a, &v, 64);
    for (int s = 8; s > 0; s /= 2)
        for (int i = 0; i < s; i++) a[i] += a[i + s];
    return a[0];
}

CK_INLINE float ck_max16(v16 v) {
    float a[16];
    memcpy(a, &v, 64);
    float m = a[0];
    for (int i = 1; i < 16; i++) m = a[i] > m ? a[i] : m;
    return m;
}

CK_INLINE v16 ck_select(i16 mask, v16 a, v16 b) { return (v16)((mask & (i16)a) | (~mask & (i16)b)); }

/// e^x by range reduction and a degree-5 polynomial (Cephes expf): relative error under 1e-7, exactly 0 below -87.3.
CK_INLINE v16 ck_exp16(v16 x) {
    v16 low = ck_splat(-87.3f), high = ck_splat(88.0f);
    i16 under = x < low;
    x = ck_select(x > high, high, ck_select(under, low, x));
    v16 n = CK_FMA(x, ck_splat(1.44269504088896341f), ck_splat(12582912.0f)) - ck_splat(12582912.0f);
    v16 r = CK_FMA(n, ck_splat(-0.693359375f), x);
    r = CK_FMA(n, ck_splat(2.12194440e-4f), r);
    v16 p = ck_splat(1.9875691500e-4f);
    p = CK_FMA(p, r, ck_splat(1.3981999507e-3f));
    p = CK_FMA(p, r, ck_splat(8.3334519073e-3f));
    p = CK_FMA(p, r, ck_splat(4.1665795894e-2f));
    p = CK_FMA(p, r, ck_splat(1.6666665459e-1f));
    p = CK_FMA(p, r, ck_splat(5.0000001201e-1f));
    p = CK_FMA(p, r * r, r) + ck_splat(1.0f);
    i16 k = __builtin_convertvector(n, i16);
    v16 power = (v16)((k + 127) << 23);
    return ck_select(under, ck_splat(0.0f), p * power);
}

/// log x for finite x > 0 that is not subnormal (Cephes logf), absolute error under 1e-7 near 1.
CK_INLINE float ck_log(float x) {
    int32_t bits;
    memcpy(&bits, &x, 4);
    int32_t e = (bits >> 23) - 126;
    bits = (bits & 0x007fffff) | 0x3f000000;
    float m;
    memcpy(&m, &bits, 4);
    if (m < 0.707106781186547524f) {
        e -= 1;
        m = m + m - 1.0f;
    } else {
        m -= 1.0f;
    }
    float z = m * m, fe = (float)e;
    float y = 7.0376836292e-2f;
    y = __builtin_fmaf(y, m, -1.1514610310e-1f);
    y = __builtin_fmaf(y, m, 1.1676998740e-1f);
    y = __builtin_fmaf(y, m, -1.2420140846e-1f);
    y = __builtin_fmaf(y, m, 1.4249322787e-1f);
    y = __builtin_fmaf(y, m, -1.6668057665e-1f);
    y = __builtin_fmaf(y, m, 2.0000714765e-1f);
    y = __builtin_fmaf(y, m, -2.4999993993e-1f);
    y = __builtin_fmaf(y, m, 3.3333331174e-1f);
    y = y * m * z;
    y = __builtin_fmaf(fe, -2.12194440e-4f, y);
    y = __builtin_fmaf(z, -0.5f, y);
    return __builtin_fmaf(fe, 0.693359375f, m + y);
}
