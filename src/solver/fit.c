/* Training in one call: options from a text, the data set, the run, the model. */
#include <cvxrelu/fit.h>

#include <ctype.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "data/columns.h"
#include "data/dataset.h"
#include "data/split.h"
#include "data/weights.h"
#include "linalg/device.h"
#include "parallel/comm.h"
#include "solver/fit_images.h"

/* How arrays become a data set; the method's and the common options come on top. */
static const cvr_option preparing[] = {
    {"task", CVR_CHOICE, "auto", 0, 0, "auto|classify|regress",
     "what a column of targets is: labels of classes, or values"},
    {"normalize", CVR_CHOICE, "feature", 0, 0, "none|global|feature|unit",
     "shift and scale by the training rows"},
    {"bias", CVR_CHOICE, "free", 0, 0, "free|penalised|none",
     "the constants of the network"},
    {"class-weights", CVR_TEXT, "", 0, 0, NULL,
     "weights of classes in the loss: balanced, a list as in cat:2,dog:0.5, or a number "
     "a class"},
    {0}};

typedef struct fitting {
    cvr_array X, Y;
    const cvr_fit_extras *extras;
    cvr_comm *comm, *own; /* own: made here */
    cvr_settings *settings;
    cvr_dataset *data;
    cvr_solver *solver;
    cvr_progress result;
} fitting;

/* ---- options ----------------------------------------------------------------------- */

/* The next "name=value" of a text, and what follows it; false: there is none. */
static bool next_word(const char **text, const char **word, size_t *length)
{
    while (isspace((unsigned char)**text))
        ++*text;
    *word = *text;
    while (**text && !isspace((unsigned char)**text))
        ++*text;
    *length = (size_t)(*text - *word);
    return *length > 0;
}

/* One of them, in memory of its own. */
static cvr_status set_option(cvr_settings *s, const char *word, size_t length)
{
    char *copy = NULL, *value;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_alloc((int64_t)length + 1, 1, "an option", (void **)&copy));
    memcpy(copy, word, length);
    value = strchr(copy, '=');
    if (!value || value == copy)
        CVR_FAIL(CVR_USAGE, "option '%s' is not of the form name=value", copy);
    *value = '\0';
    CVR_TRY(cvr_settings_set(s, copy, value + 1));
done:
    cvr_release(copy);
    return status;
}

static cvr_status read_options(const char *method, const char *text, fitting *f)
{
    const char *word;
    size_t length;
    cvr_status status = CVR_OK;
    if (!method)
        CVR_FAIL(CVR_USAGE, "no method is named");
    CVR_TRY(cvr_settings_new(method, &f->settings));
    CVR_TRY(cvr_settings_add(f->settings, preparing));
    CVR_TRY(cvr_settings_add(f->settings, cvr_fit_image_options));
    while (text && next_word(&text, &word, &length))
        CVR_TRY(set_option(f->settings, word, length));
    if (f->X.type == CVR_FLOAT32 && !cvr_settings_given(f->settings, "precision"))
        CVR_TRY(cvr_settings_set(f->settings, "precision", "single"));
done:
    return status;
}

static cvr_status check_extras(const fitting *f)
{
    const cvr_fit_extras *e = f->extras;
    if (e->class_count < 0 || (e->class_names != NULL) != (e->class_count > 0))
        return cvr_fail(CVR_USAGE, "class_names and class_count do not fit: %d names",
                        e->class_count);
    return CVR_OK;
}

/* ---- data -------------------------------------------------------------------------- */

static cvr_status name_classes(const cvr_fit_extras *e, cvr_dataset *data)
{
    cvr_status status = CVR_OK;
    if (e->class_count == 0)
        return CVR_OK;
    if (e->class_count != data->classes)
        CVR_FAIL(CVR_USAGE, "%d names for %d classes", e->class_count, data->classes);
    for (int k = 0; k < data->classes; k++) {
        char *name = NULL;
        if (!e->class_names[k])
            CVR_FAIL(CVR_USAGE, "name %d of the classes is NULL", k + 1);
        CVR_TRY(cvr_text_copy(e->class_names[k], &name));
        cvr_release(data->class_names[k]);
        data->class_names[k] = name;
    }
done:
    return status;
}

static cvr_status name_data(const cvr_fit_extras *e, cvr_dataset *data)
{
    cvr_status status = CVR_OK;
    if (e->feature_names || e->target_names)
        CVR_TRY(cvr_dataset_name(data, e->feature_names, e->target_names));
    CVR_TRY(name_classes(e, data));
done:
    return status;
}

/* All processes have weights, or none has. */
static cvr_status weigh(fitting *f)
{
    const cvr_array *w = f->extras->weights;
    const char *classes = cvr_settings_text(f->settings, "class-weights");
    double having = w != NULL;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_sum(f->comm, &having, 1));
    if (having > 0)
        status = cvr_weights_take(w, f->data);
    if (status == CVR_OK && classes)
        status = cvr_text_copy(classes, &f->data->class_weights);
    CVR_TRY(cvr_allreduce_status(f->comm, status));
    if (having > 0)
        CVR_TRY(cvr_dataset_drop_weightless(f->data, f->comm));
done:
    return status;
}

/* Filters of images run on the device of the run too. */
static cvr_status find_device(fitting *f)
{
    const char *name = cvr_settings_text(f->settings, "device");
    if (!name || !(f->data->transform.descriptor & (CVR_CONV | CVR_ORIENTED)))
        return CVR_OK;
    return cvr_device_open(name, cvr_comm_rank(f->comm), &f->data->device);
}

static cvr_status make_data(fitting *f)
{
    const cvr_settings *s = f->settings;
    cvr_type type = (cvr_type)cvr_settings_choice(s, "precision");
    cvr_task task = (cvr_task)cvr_settings_choice(s, "task");
    cvr_normalize normalize = (cvr_normalize)cvr_settings_choice(s, "normalize");
    cvr_bias bias = (cvr_bias)cvr_settings_choice(s, "bias");
    bool decided = false;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_dataset_from_arrays(f->X, f->Y, type, task, f->comm, &f->data));
    CVR_TRY(cvr_allreduce_status(f->comm, name_data(f->extras, f->data)));
    CVR_TRY(cvr_allreduce_status(f->comm, cvr_fit_images(s, f->data)));
    CVR_TRY(weigh(f));
    CVR_TRY(cvr_allreduce_status(f->comm, find_device(f)));
    CVR_TRY(cvr_allreduce_status(f->comm,
                                 cvr_settings_decide(f->settings, f->data, &decided)));
    CVR_TRY(cvr_dataset_fit_transform(f->data, normalize, bias, f->comm));
    CVR_TRY(cvr_interrupt_sync(f->comm));
done:
    return status;
}

/* ---- the run ----------------------------------------------------------------------- */

/* Outcomes without a network. */
static cvr_status judge(const cvr_progress *p)
{
    if (p->outcome == CVR_DIVERGED)
        return cvr_fail(CVR_NUMERICAL, "the iteration diverged after %lld steps%s%s",
                        (long long)p->iterations, p->note[0] ? ": " : "", p->note);
    if (p->iterations == 0 && p->outcome != CVR_CONVERGED)
        return cvr_fail(CVR_INTERRUPTED, "stopped before the first iteration was done");
    return CVR_OK;
}

static cvr_status run(fitting *f, cvr_model *model)
{
    const cvr_fit_extras *e = f->extras;
    cvr_status status = CVR_OK;
    CVR_TRY(make_data(f));
    CVR_TRY(cvr_solver_new(f->data, NULL, f->comm, f->settings, &f->solver));
    CVR_TRY(cvr_solver_run(f->solver, e->progress, e->user, &f->result));
    CVR_TRY(judge(&f->result));
    CVR_TRY(cvr_allreduce_status(f->comm, cvr_solver_model(f->solver, model)));
done:
    if (status != CVR_OK)
        cvr_model_free(model);
    return status;
}

/* The question and the log are the caller's for as long as this takes. */
static cvr_status listen_and_run(fitting *f, cvr_model *model)
{
    const cvr_fit_extras *e = f->extras;
    cvr_interrupt_source question = {e->interrupt, e->user};
    cvr_listener log = {e->log, e->user};
    cvr_status status;
    if (e->interrupt)
        question = cvr_interrupt_swap(f->comm, question);
    if (e->log)
        log = cvr_log_swap(log);
    status = run(f, model);
    if (e->log)
        (void)cvr_log_swap(log);
    if (e->interrupt)
        (void)cvr_interrupt_swap(f->comm, question);
    return status;
}

static void end(fitting *f)
{
    if (f->extras->result)
        *f->extras->result = f->result;
    cvr_solver_free(f->solver);
    cvr_dataset_free(f->data);
    cvr_settings_free(f->settings);
    cvr_comm_free(f->own);
}

static cvr_status begin(const char *method, const char *options, fitting *f)
{
    cvr_status status = CVR_OK;
    cvr_progress_init(&f->result);
    if (!f->extras->comm)
        CVR_TRY(cvr_comm_open("serial", &f->own));
    f->comm = f->own ? f->own : f->extras->comm;
    status = read_options(method, options, f);
    if (status == CVR_OK)
        status = check_extras(f);
    CVR_TRY(cvr_allreduce_status(f->comm, status));
done:
    return status;
}

cvr_status cvr_fit(const char *method, cvr_array X, cvr_array Y,
                   const cvr_fit_extras *extras, const char *options, cvr_model *model)
{
    const cvr_fit_extras none = {0};
    fitting f = {.X = X, .Y = Y, .extras = extras ? extras : &none};
    cvr_status status = CVR_OK;
    if (!model)
        return cvr_fail(CVR_USAGE, "there is no place for the model: NULL");
    *model = (cvr_model){0};
    CVR_TRY(begin(method, options, &f));
    CVR_TRY(listen_and_run(&f, model));
done:
    end(&f);
    return status;
}
