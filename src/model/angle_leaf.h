/* Angles, for kernels of every backend. */
#ifndef CVR_MODEL_ANGLE_LEAF_H
#define CVR_MODEL_ANGLE_LEAF_H

#include "linalg/leaf.h"

/* arccos x for |x| <= 1 without a branch, to 2e-16: fdlibm's rational approximation of
   arcsin on [0, 1/2]; above, arccos x = 2 arcsin sqrt((1 - x) / 2). */
CVR_LEAF double leaf_angle(double x)
{
    const double pi = 3.14159265358979323846;
    double a = fabs(x), z = a > 0.5 ? (1 - a) / 2 : a * a, s = a > 0.5 ? sqrt(z) : a;
    double p = 7.91534994289814532176e-04 + z * 3.47933107596021167570e-05;
    p = -4.00555345006794114027e-02 + z * p;
    p = 2.01212532134862925881e-01 + z * p;
    p = 1.66666666666666657415e-01 + z * (-3.25565818622400915405e-01 + z * p);
    double q = -6.88283971605453293030e-01 + z * 7.70381505559019352791e-02;
    q = 1 + z * (-2.40339491173441421878e+00 + z * (2.02094576023350569471e+00 + z * q));
    double arcsin = s + s * (z * p / q), t = a > 0.5 ? 2 * arcsin : pi / 2 - arcsin;
    return x < 0 ? pi - t : t;
}

#endif
