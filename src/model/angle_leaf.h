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

/* w_g K_gated + w_r K_relu as single precision can tell it, w_g and w_r over 2 pi, for
   g = x'z + c and the product `size' of the lengths. With w = (1 - |cosine|) / 2, whose
   cancellation is in double, the angle to the nearest axis is 2 arcsin sqrt(w), and
   arcsin(s) / s a polynomial in s^2 on [0, 1/2], to 3e-9. */
CVR_LEAF float leaf_arc_short(double g, double size, float w_g, float w_r)
{
    const float pi = 3.14159265358979323846f;
    float part = (float)(size - fabs(g)), all = 2 * (float)size, near = (float)g;
    float w = all > 0 ? part / all : 0.5f;
    w = w < 0 ? 0 : w;
    float s = sqrtf(w), p = 1.23913497e-1f;
    p = -1.35916278e-1f + w * p;
    p = 1.07400022e-1f + w * p;
    p = -7.02057919e-3f + w * p;
    p = 3.58142406e-2f + w * p;
    p = 4.40916158e-2f + w * p;
    p = 7.50275701e-2f + w * p;
    p = 1.66666135e-1f + w * p;
    float angle = 2 * s * (1 + w * p), sine = 2 * s * sqrtf(1 - w);
    float outside = near * (near < 0 ? angle : pi - angle);
    return w_g * outside + w_r * ((float)size * sine + outside);
}

#endif
