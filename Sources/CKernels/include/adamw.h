// The optimizer's row kernels. Same bits on every clone and every machine: single IEEE operations in a written order.
#pragma once

#include <stddef.h>

// The scalars of one AdamW update, rounded to float once by the caller.
typedef struct {
    float gradient_scale;      // multiplies each gradient first (clipping); 1 leaves it alone
    float decay;               // 1 - rate * weight decay
    float first_rate;          // 1 - beta1
    float second_keep;         // beta2
    float second_rate;         // 1 - beta2
    float second_correction;   // sqrt(1 - beta2^t)
    float step_size;           // rate / (1 - beta1^t)
    float epsilon;
} percept_adamw_scalars;

// w, m, v: updated in place; g: read. count elements each, no overlap.
void percept_adamw(float *restrict w, float *restrict m, float *restrict v, const float *restrict g, size_t count,
                   const percept_adamw_scalars *scalars);

// Sum of squares in double: eight accumulators, element i goes to i % 8, then ((0+4)+(2+6)) + ((1+5)+(3+7)).
double percept_sum_of_squares(const float *x, size_t count);
