# Manual pages and bash completion, made by awk of what the command says of itself:
#     cmake -DCOMMAND=... -DFOLDER=... -P Pages.cmake
# Where the command cannot run, or there is no awk, a warning is left and no pages.

function(run_awk file)
  execute_process(COMMAND ${AWK} ${ARGN} ${FOLDER}/help.json
                  OUTPUT_FILE ${FOLDER}/${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

find_program(AWK NAMES awk mawk gawk)
file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER}/man1 ${FOLDER}/completions)
execute_process(COMMAND ${COMMAND} help --json OUTPUT_FILE ${FOLDER}/help.json RESULT_VARIABLE code
                ERROR_QUIET)
if(NOT code EQUAL 0 OR NOT AWK)
  message(WARNING "${COMMAND} does not run, or there is no awk: no manual pages, no completion")
  return()
endif()
set(pages ${CMAKE_CURRENT_LIST_DIR}/pages)
run_awk(pages.log -v folder=${FOLDER}/man1 -f ${pages}/json.awk -f ${pages}/man.awk)
run_awk(completions/cvxrelu -v body=${pages}/completion.bash -f ${pages}/json.awk
        -f ${pages}/completion.awk)
