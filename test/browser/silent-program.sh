#!/bin/sh
# Stands for a browser that starts and never answers.
exec sleep 600
