/* The hypot of glibc before 2.35, which differs in errno alone, so that a wheel runs on
   systems older than the one that it is built on. */
#ifndef CVR_PYTHON_PORTABLE_H
#define CVR_PYTHON_PORTABLE_H

#if defined(__x86_64__) && defined(__gnu_linux__)
__asm__(".symver hypot, hypot@GLIBC_2.2.5");
#endif

#endif
