/* cvxrelu cv METHOD: k-fold cross-validation chooses an option, then all rows train. */
#include "cli/cv.h"

#include <string.h>

#include "cli/search.h"
#include "cli/search_values.h"
#include "cli/train.h"
#include "cli/try.h"

static cvr_status read_search(const cli_call *call, cli_search *s)
{
    const cvr_settings *o = call->settings;
    const char *option = cvr_settings_text(o, "option");
    const char *values = cvr_settings_text(o, "values");
    s->folds = (int)cvr_settings_integer(o, "folds");
    const char *rule = cvr_settings_text(o, "choose");
    s->one_se = strcmp(rule, "auto") == 0 ? !option : strcmp(rule, "one-se") == 0;
    if (values && cvr_settings_given(o, "path"))
        return cvr_fail(CVR_USAGE, "--path and --values: only one of them");
    if (option && !values)
        return cvr_fail(CVR_USAGE, "--option %s needs --values, as in --values 0.1,0.01",
                        option);
    if (option)
        return cli_search_values(call, option, values, s);
    if (!values)
        return cli_search_path(call, (int)cvr_settings_integer(o, "path"), s);
    cvr_fail(CVR_USAGE, "--values needs --option: which option has these values?");
    cvr_hint("--option NAME --values %s", values);
    return CVR_USAGE;
}

cvr_status cli_cv(cli_call *call)
{
    cli_search search = {0};
    cvr_status status = CVR_OK;
    TRY(cvr_allreduce_status(call->comm, read_search(call, &search)));
    TRY(cli_run_training(call, &search));
done:
    cli_search_free(&search);
    return status;
}
