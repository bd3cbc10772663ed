// The kernels, compiled for any CPU of the target architecture. dispatch.c chooses at run time.
#include "include/kernels.h"
#include <math.h>
#include <string.h>

#pragma clang diagnostic ignored "-Wpsabi"  // 64-byte vectors pass between inlined functions only
#pragma clang fp contract(off)
#define CK_NAME(name) name##_any
#define CK_WIDE 0  // tiles of 6 x 16 fit the registers
#include "bodies/lanes.h"
#include "bodies/products.h"
#include "bodies/rows.h"
#include "bodies/distributions.h"
