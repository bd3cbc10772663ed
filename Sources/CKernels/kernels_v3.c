// The kernels, compiled for x86-64-v3. dispatch.c chooses at run time.
#include "include/kernels.h"
#include <math.h>
#include <string.h>

#if defined(__x86_64__) && defined(__linux__)
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#pragma clang diagnostic ignored "-Wpsabi"  // 64-byte vectors pass between inlined functions only
#pragma clang fp contract(off)
#define CK_NAME(name) name##_v3
#define CK_WIDE 0  // tiles of 6 x 16 fit the registers
#include "bodies/lanes.h"
#include "bodies/products.h"
#include "bodies/rows.h"
#include "bodies/distributions.h"
#pragma clang attribute pop
#endif
