/* SPDX-License-Identifier: GPL-2.0-only */
/* The same drawing as on the terminal, as a picture. */
#ifndef MMS_SVG_H
#define MMS_SVG_H

#include "canvas.h"

/**
 * mms_svg_print() - print a drawing to stdout as an SVG document
 * @cv: canvas
 */
void mms_svg_print(const struct mms_canvas *cv);

#endif
