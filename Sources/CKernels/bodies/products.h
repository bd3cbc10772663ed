// The canonical dot product: register tiles of independent fma chains, one accumulator an element, k ascending.

enum { K_BLOCK = 320 };  // the contract's longest fma chain

/// A tile of R rows and V vectors of 16 columns: acc = sum over k of A[r,k] B[k,v], then stored or added to C.
#define CK_TILE(R, V)                                                                                                            \
    CK_INLINE void ck_tile_##R##_##V(int64_t K, const float *A, int64_t lda, const float *B, int64_t ldb, float *C, int64_t ldc, \
                                     int add) {                                                                                  \
        v16 acc[R][V];                                                                                                           \
        for (int r = 0; r < R; r++)                                                                                              \
            for (int v = 0; v < V; v++) acc[r][v] = ck_splat(0.0f);                                                              \
        for (int64_t k = 0; k < K; k++) {                                                                                        \
            const float *b = B + k * ldb;                                                                                        \
            v16 bv[V];                                                                                                           \
            for (int v = 0; v < V; v++) bv[v] = CK_LOAD(b + 16 * v);                                                             \
            for (int r = 0; r < R; r++) {                                                                                        \
                v16 a = ck_splat(A[r * lda + k]);                                                                                \
                for (int v = 0; v < V; v++) acc[r][v] = CK_FMA(a, bv[v], acc[r][v]);                                             \
            }                                                                                                                    \
        }                                                                                                                        \
        for (int r = 0; r < R; r++)                                                                                              \
            for (int v = 0; v < V; v++) {                                                                                        \
                float *c = C + r * ldc + 16 * v;                                                                                 \
                CK_STORE(c, add ? CK_LOAD(c) + acc[r][v] : acc[r][v]);                                                           \
            }                                                                                                                    \
    }

// clang-format off
CK_TILE(1, 1) CK_TILE(2, 1) CK_TILE(3, 1) CK_TILE(4, 1) CK_TILE(5, 1) CK_TILE(6, 1)
CK_TILE(1, 4) CK_TILE(2, 4) CK_TILE(3, 4) CK_TILE(4, 4) CK_TILE(5, 4) CK_TILE(6, 4)
// clang-format on

#define CK_ROWS(V)                                                                                                       \
    do {                                                                                                                 \
        int64_t i = 0;                                                                                                   \
        for (; i + 6 <= M; i += 6) ck_tile_6_##V(K, A + i * lda, lda, b, ldb, C + i * ldc + j, ldc, add);                \
        switch (M - i) {                                                                                                 \
            case 5: ck_tile_5_##V(K, A + i * lda, lda, b, ldb, C + i * ldc + j, ldc, add); break;                        \
            case 4: ck_tile_4_##V(K, A + i * lda, lda, b, ldb, C + i * ldc + j, ldc, add); break;                        \
            case 3: ck_tile_3_##V(K, A + i * lda, lda, b, ldb, C + i * ldc + j, ldc, add); break;                        \
            case 2: ck_tile_2_##V(K, A + i * lda, lda, b, ldb, C + i * ldc + j, ldc, add); break;                        \
            case 1: ck_tile_1_##V(K, A + i * lda, lda, b, ldb, C + i * ldc + j, ldc, add); break;                        \
            default: break;                                                                                              \
        }                                                                                                                \
    } while (0)

/// One block of K <= K_BLOCK. `wide` tiles hold 24 vectors of 16 lanes: right for 32 registers of 512 bits, too many for AVX2.
CK_INLINE void ck_block(int64_t M, int64_t N, int64_t K, const float *A, int64_t lda, const float *B, int64_t ldb, float *C, int64_t ldc,
                        int add, int wide) {
    int64_t j = 0;
    if (wide)
        for (; j + 64 <= N; j += 64) {
            const float *b = B + j;
            CK_ROWS(4);
        }
    for (; j + 16 <= N; j += 16) {
        const float *b = B + j;
        CK_ROWS(1);
    }
    if (j < N) {
        // The last columns: B padded to a whole vector, so that no byte behind a row is read.
        float padded[K_BLOCK * 16];
        float column[16];
        int64_t rest = N - j;
        for (int64_t k = 0; k < K; k++) {
            for (int64_t c = 0; c < rest; c++) padded[k * 16 + c] = B[k * ldb + j + c];
            for (int64_t c = rest; c < 16; c++) padded[k * 16 + c] = 0.0f;
        }
        for (int64_t i = 0; i < M; i++) {
            ck_tile_1_1(K, A + i * lda, lda, padded, 16, column, 16, 0);
            float *c = C + i * ldc + j;
            for (int64_t n = 0; n < rest; n++) c[n] = add ? c[n] + column[n] : column[n];
        }
    }
}

void CK_NAME(ck_transpose)(int64_t T, int64_t D, const float *in, int64_t ldin, float *out, int64_t ldout) {
    for (int64_t t0 = 0; t0 < T; t0 += 16)
        for (int64_t d0 = 0; d0 < D; d0 += 16) {
            int64_t t1 = t0 + 16 < T ? t0 + 16 : T, d1 = d0 + 16 < D ? d0 + 16 : D;
            for (int64_t d = d0; d < d1; d++)
                for (int64_t t = t0; t < t1; t++) out[d * ldout + t] = in[t * ldin + d];
        }
}

void CK_NAME(ck_gemm_nn)(int64_t M, int64_t N, int64_t K, const float *A, int64_t lda, const float *B, int64_t ldb, float *C, int64_t ldc,
                int accumulate) {
    if (K <= 0 && !accumulate)
        for (int64_t i = 0; i < M; i++) memset(C + i * ldc, 0, (size_t)N * sizeof(float));
    for (int64_t k = 0; k < K; k += K_BLOCK) {
        int64_t l = K - k < K_BLOCK ? K - k : K_BLOCK;
        ck_block(M, N, l, A + k, lda, B + k * ldb, ldb, C, ldc, accumulate || k > 0, CK_WIDE);
    }
}

/// A right factor that is given transposed, [N,K], is turned in panels of 64 columns and one K block, 16 x 16 values in registers at a time.
/// The next rows are fetched ahead: few of a panel's short runs follow one another in memory.
#define CK_GEMM_NT(NAME, TYPE, LOAD, ONE)                                                                                            \
    void CK_NAME(NAME)(int64_t M, int64_t N, int64_t K, const float *A, int64_t lda, const TYPE *B, int64_t ldb, float *C, int64_t ldc, \
                       int accumulate) {                                                                                             \
        float panel[K_BLOCK * 64] __attribute__((aligned(64)));                                                                      \
        if (K <= 0 && !accumulate)                                                                                                   \
            for (int64_t i = 0; i < M; i++) memset(C + i * ldc, 0, (size_t)N * sizeof(float));                                       \
        for (int64_t j = 0; j < N; j += 64) {                                                                                        \
            int64_t n = N - j < 64 ? N - j : 64;                                                                                     \
            for (int64_t k = 0; k < K; k += K_BLOCK) {                                                                               \
                int64_t l = K - k < K_BLOCK ? K - k : K_BLOCK;                                                                       \
                int64_t c = 0;                                                                                                       \
                for (; c + 16 <= n; c += 16) {                                                                                       \
                    const TYPE *b = B + (j + c) * ldb + k;                                                                           \
                    int64_t d = 0;                                                                                                   \
                    for (; d + 16 <= l; d += 16) {                                                                                   \
                        v16 r[16];                                                                                                   \
                        for (int i = 0; i < 16; i++) __builtin_prefetch(b + (i + 16) * ldb + d);                                     \
                        for (int i = 0; i < 16; i++) r[i] = LOAD(b + i * ldb + d);                                                   \
                        ck_transpose16(r);                                                                                           \
                        for (int i = 0; i < 16; i++) CK_STORE(panel + (d + i) * 64 + c, r[i]);                                       \
                    }                                                                                                                \
                    for (; d < l; d++)                                                                                               \
                        for (int i = 0; i < 16; i++) panel[d * 64 + c + i] = ONE(b[i * ldb + d]);                                    \
                }                                                                                                                    \
                for (; c < n; c++)                                                                                                   \
                    for (int64_t d = 0; d < l; d++) panel[d * 64 + c] = ONE(B[(j + c) * ldb + k + d]);                               \
                ck_block(M, n, l, A + k, lda, panel, 64, C + j, ldc, accumulate || k > 0, CK_WIDE);                                  \
            }                                                                                                                        \
        }                                                                                                                            \
    }

#define CK_SAME(x) (x)
CK_GEMM_NT(ck_gemm_nt, float, CK_LOAD, CK_SAME)
CK_GEMM_NT(ck_gemm_nt_bfloat16, uint16_t, ck_widen16, ck_widen1)
