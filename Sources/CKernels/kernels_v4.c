// The kernels, compiled for x86-64-v4. dispatch.c chooses at run time.
#include "include/kernels.h"
#include <math.h>
#include <string.h>

#if defined(__x86_64__) && defined(__linux__)
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"))), apply_to = function)
#pragma clang fp contract(off)
#define CK_NAME(name) name##_v4
#define CK_WIDE 1  // 32 registers of 512 bits hold tiles of 6 x 64
#include "bodies/lanes.h"
#include "bodies/products.h"
#include "bodies/rows.h"
#include "bodies/distributions.h"
#pragma clang attribute pop
#endif
