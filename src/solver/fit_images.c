#include "solver/fit_images.h"

#include <stdio.h>
#include <string.h>

#include "data/dataset.h"
#include "data/describe.h"
#include "data/fit_transform.h"
#include "data/images.h"

const cvr_option cvr_fit_image_options[] = {
    {"image", CVR_TEXT, "", 0, 0, NULL,
     "rows are images: planes x height x width, as in 3x32x32"},
    {"features", CVR_TEXT, "none", 0, 0, NULL,
     "what is told of images: none (their pixels), or a sum of pixels, conv, oriented "
     "and "
     "hog648, as in conv+oriented"},
    {"mirror", CVR_SWITCH, "no", 0, 0, NULL, "train on the mirror images as well"},
    {"filters", CVR_INTEGER, "400", 1, CVR_FILTERS_MOST, NULL,
     "filters of conv and of oriented"},
    {0}};

/* "3x32x32" as three sizes whose product is the width of the rows. */
static cvr_status read_image(const char *text, cvr_transform *t, int64_t features)
{
    char rest;
    int found = sscanf(text, "%5dx%5dx%5d%c", &t->channels, &t->height, &t->width, &rest);
    int64_t pixels = (int64_t)t->height * t->width;
    if (found != 3 || t->channels < 1 || t->height < 1 || t->width < 1)
        return cvr_fail(CVR_USAGE,
                        "image=%s is not planes x height x width, as in "
                        "3x32x32",
                        text);
    if (pixels * t->channels != features)
        return cvr_fail(CVR_USAGE, "image=%s has %lld pixels, the rows of X %lld", text,
                        (long long)(pixels * t->channels), (long long)features);
    return CVR_OK;
}

cvr_status cvr_fit_images(const cvr_settings *s, cvr_dataset *data)
{
    cvr_transform *t = &data->transform;
    const char *image = cvr_settings_text(s, "image");
    const char *features = cvr_settings_text(s, "features");
    int descriptor = cvr_descriptor_find(features);
    cvr_status status = CVR_OK;
    if (descriptor < 0)
        CVR_FAIL(CVR_USAGE,
                 "features=%s: must be none, or a sum of pixels, conv, oriented "
                 "and hog648",
                 features);
    t->descriptor = (unsigned)descriptor;
    t->mirror = cvr_settings_switch(s, "mirror");
    t->filters = (int)cvr_settings_integer(s, "filters");
    t->seed = (uint64_t)cvr_settings_integer(s, "seed");
    if (!image && (descriptor != CVR_UNDESCRIBED || t->mirror))
        CVR_FAIL(CVR_USAGE,
                 "features=%s and mirror are for images: image=3x32x32 says "
                 "that rows are some",
                 features);
    if (image && data->S.start)
        CVR_FAIL(CVR_USAGE, "image=%s: sparse rows are no images", image);
    if (image)
        CVR_TRY(read_image(image, t, data->X.cols));
    if (!cvr_imager_idle(t))
        CVR_TRY(cvr_dataset_convert_images(data));
done:
    return status;
}
