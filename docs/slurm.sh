#!/bin/bash
# A run that is longer than its job may be: two minutes before the time is up Slurm sends
# SIGUSR2 to the processes, they leave a checkpoint and end with 75, and the job goes back
# into the queue, where it goes on from there. As in: sbatch docs/slurm.sh
#SBATCH --job-name=cvxrelu
#SBATCH --ntasks=8
#SBATCH --cpus-per-task=4
#SBATCH --time=04:00:00
#SBATCH --signal=USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append

srun cvxrelu train convex --data train.csv --patterns 500 --max-iterations 100000 \
    -o model.safetensors --log run.jsonl \
    --checkpoint run.ckpt --checkpoint-every 10m --resume auto
code=$?
if [ "$code" = 75 ]; then
    scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
