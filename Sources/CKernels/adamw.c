#include "adamw.h"

// No fused multiply-add behind our back: with it the clones would round differently.
#pragma clang fp contract(off)

#if defined(__x86_64__) && defined(__linux__)
#define CLONES __attribute__((target_clones("default", "avx2", "arch=skylake-avx512")))
#else
#define CLONES
#endif

CLONES
void percept_adamw(float *restrict w, float *restrict m, float *restrict v, const float *restrict g, size_t count,
                   const percept_adamw_scalars *scalars) {
    const percept_adamw_scalars s = *scalars;
    for (size_t i = 0; i < count; i++) {
        const float gradient = g[i] * s.gradient_scale;
        const float first = m[i] + s.first_rate * (gradient - m[i]);
        const float second = v[i] * s.second_keep + s.second_rate * gradient * gradient;
        const float root = __builtin_elementwise_sqrt(second) / s.second_correction + s.epsilon;
        m[i] = first;
        v[i] = second;
        w[i] = w[i] * s.decay - s.step_size * first / root;
    }
}

CLONES
double percept_sum_of_squares(const float *x, size_t count) {
    double sums[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        for (size_t lane = 0; lane < 8; lane++) {
            const double value = x[i + lane];
            sums[lane] += value * value;
        }
    }
    for (size_t lane = 0; i + lane < count; lane++) {
        const double value = x[i + lane];
        sums[lane] += value * value;
    }
    return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}
